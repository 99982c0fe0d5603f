// What a reader acts with: buttons, fields, choices, questions; how failures are told.

import {ask, linesOf} from '../api.js';
import {number} from '../formats.js';
import {useAction} from '../hooks.js';
import {textOf} from '../texts.js';
import {html, useEffect, useRef} from '../view.js';
import {say} from './toast.js';

/**
 * What went wrong, in words; it is read out. The place is always there, so that it is.
 */
export const Problem = ({error, children}) => html`
  <div role="alert" class="problem">
    ${error && linesOf(error).map(line => html`<p>${line}</p>`)}${error && children}
  </div>
`;

/** What went wrong while loading, and a button to try again. */
export const Trouble = ({error, again}) => html`
  <${Problem} error=${error}>
    <p>
      <button type="button" class="second compact" onClick=${again}>${textOf('jobs.again')}</button>
    </p>
  </${Problem}>
`;

/**
 * A field: its label, the control, a hint, and what is wrong. children gets the
 * attributes that tie them together.
 */
export function Field({id, label, hint, fault, children}) {
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${children({
        id,
        'aria-describedby': described || undefined,
        'aria-invalid': fault ? 'true' : undefined,
      })}
      ${fault && html`<p class="fault" id=${`${id}-fault`}>${fault}</p>`}
      ${hint && html`<p class="small" id=${`${id}-hint`}>${hint}</p>`}
    </div>
  `;
}

/** What a refusal says of a field. */
export const faultOf = (error, field) => error?.fields?.find(one => one.field === field)?.message;

/** The error, unless all that it says stands at the fields. */
export const besides = (error, ...fields) =>
  error?.fields?.length && error.fields.every(one => fields.includes(one.field))
    ? undefined
    : error;

/** Choices of which one is pressed: [{value, name, count}]. */
export const Tabs = ({label, of, value, choose}) => html`
  <div class="tabs fit" role="group" aria-label=${label}>
    ${of.map(
      one => html`
        <button
          type="button"
          key=${one.value}
          aria-pressed=${String(one.value === value)}
          onClick=${() => choose(one.value)}
        >
          ${one.name}${
            one.count != null &&
            html`
              ${' '}
              <b>${number(one.count)}</b>
            `
          }
        </button>
      `,
    )}
  </div>
`;

/** A button that starts something, and says that it is at work. */
export const Button = ({busy, kind = '', children, ...rest}) => html`
  <button type="button" class=${kind} aria-busy=${busy ? 'true' : undefined} ...${rest}>
    ${children}
  </button>
`;

/**
 * A question before something that can't be undone, or that many will notice. It is open
 * while it is there.
 */
export function Dialog({
  title,
  children,
  confirm,
  dismiss = textOf('jobs.cancel'),
  kind = '',
  close,
  act,
}) {
  const dialog = useRef();
  const [run, {busy, error}] = useAction(act);
  useEffect(() => {
    const from = document.activeElement;
    const shown = dialog.current;
    shown.showModal();
    return () => {
      shown.close(); // nothing else takes the focus while it is open
      if (from?.isConnected) from.focus();
    };
  }, []);
  return html`
    <dialog
      ref=${dialog}
      aria-labelledby="dialog-title"
      onCancel=${event => {
        event.preventDefault();
        close();
      }}
    >
      <h2 id="dialog-title">${title}</h2>
      ${children}
      <${Problem} error=${error} />
      <div class="row end">
        <button type="button" class="second" onClick=${close}>${dismiss}</button>
        <${Button} kind=${kind} busy=${busy} onClick=${run}>${confirm}</${Button}>
      </div>
    </dialog>
  `;
}

/** A button that has a file made and downloads it. The file may take a while to make. */
export function Download({path, query, kind = 'second', children}) {
  const [run, {busy, error}] = useAction(async () => {
    say(textOf('jobs.file_made'));
    for (;;) {
      const answer = await ask('GET', query ? `${path}?${new URLSearchParams(query)}` : path);
      if (answer.status === 200) return location.assign(answer.body.url);
      await new Promise(done => setTimeout(done, 1_000 * (answer.seconds || 2)));
    }
  });
  return html`
    <${Button} kind=${kind} busy=${busy} onClick=${run}>${children}</${Button}>
    ${error && html`<${Problem} error=${error} />`}
  `;
}
