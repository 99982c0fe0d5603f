// The parts that the jobs' pages are made of.

import {ask, counted, message, number, percent, say, time, words} from './console.js';
import {html, useAct, useEffect, useRef} from './view.js';

/** A text of the jobs' pages. */
export const t = (name, values) => message(`jobs.${name}`, values, 'none');

/** A text for a number of things. */
export const n = (name, count, values) => counted(`jobs.${name}`, count, values);

let opened = false; // the first page of a visit leaves the focus to the browser

/**
 * A page: its heading, what stands beside it, and the title of the window. Going to
 * another page brings the reader to its heading.
 */
export function Page({title, name, crumb, under, acts, children}) {
  const heading = useRef();
  useEffect(() => {
    document.title = [title, name, document.querySelector('meta[name=application-name]').content]
      .filter(Boolean)
      .join(' · ');
  }, [title, name]);
  useEffect(() => {
    if (opened) {
      scrollTo(0, 0);
      heading.current.focus();
    }
    opened = true;
  }, []);
  return html`
    <div class="head">
      <div>
        ${crumb && html`<p class="crumb">${crumb}</p>`}
        <h1 tabindex="-1" ref=${heading}>${name ?? title}</h1>
        ${under && html`<p class="small row">${under}</p>`}
      </div>
      ${acts && html`<div class="row">${acts}</div>`}
    </div>
    ${children}
  `;
}

/**
 * What went wrong, in words; it is read out. The place is always there, so that it is.
 */
export const Problem = ({error, children}) => html`
  <div role="alert" class="problem">
    ${error && words(error).map(line => html`<p>${line}</p>`)}${error && children}
  </div>
`;

/** What went wrong while loading, and a button to try again. */
export const Trouble = ({error, again}) => html`
  <${Problem} error=${error}>
    <p><button type="button" class="second compact" onClick=${again}>${t('again')}</button></p>
  </${Problem}>
`;

const tones = {
  awaiting_file: '',
  validating: 'info',
  validated: 'info',
  rejected: 'bad',
  processing: 'info',
  processed: 'good',
  preparing: 'info',
  sending: 'info',
  paused: 'warn',
  cancelled: '',
  pending: 'warn',
  expired: 'bad',
  active: 'good',
  inactive: '',
  removed: '',
  queued: '',
  sent: 'info',
  delivered: 'good',
  bounced: 'bad',
  complained: 'bad',
  failed: 'bad',
  skipped: '',
  added: 'good',
  updated: 'info',
  unchanged: '',
  add: 'good',
  update: 'info',
  remove: 'bad',
  error: 'bad',
  warning: 'warn',
};

/**
 * A state, in a word. kind says of what: status, state, delivery, outcome, operation,
 * level, notification.
 */
export const Badge = ({kind, of}) =>
  of && html`<span class="badge" data-tone=${tones[of]}>${t(`${kind}_${of}`)}</span>`;

/**
 * A bar of parts: [{name, count, tone}] of a whole, with its key unless that is said
 * elsewhere.
 */
export function Bar({parts, whole, label, legend = true}) {
  const shown = parts.filter(part => part.count > 0);
  return html`
    <div
      class="bar"
      role="img"
      aria-label=${label ?? shown.map(part => `${part.name}: ${number(part.count)}`).join(', ')}
    >
      ${shown.map(
        part => html`
          <i
            key=${part.name}
            data-tone=${part.tone}
            style=${{width: `${(part.count * 100) / whole}%`}}
          ></i>
        `,
      )}
    </div>
    ${
      legend &&
      html`
        <ul class="bar-key">
          ${parts.map(
            part => html`
              <li key=${part.name}>
                <i data-tone=${part.tone}></i>
                ${part.name}${' '}
                <b>${number(part.count)}</b>
              </li>
            `,
          )}
        </ul>
      `
    }
  `;
}

/** The users of a job as a bar. */
export function UsersBar({users, legend}) {
  const parts = [
    {name: t('state_active'), count: users.active, tone: 'good'},
    {name: t('state_pending'), count: users.pending - users.expired, tone: 'warn'},
    {name: t('state_expired'), count: users.expired, tone: 'bad'},
    {name: t('state_inactive'), count: users.inactive},
  ];
  return html`
    <${Bar}
      parts=${parts.filter((part, i) => i < 3 || part.count > 0)}
      whole=${users.total}
      legend=${legend}
      label=${t('users_bar', {
        active: number(users.active),
        pending: number(users.pending),
        expired: number(users.expired),
      })}
    />
  `;
}

/** Numbers with their names: [[name, value]]. */
export const Figures = ({of}) => html`
  <dl class="figures">
    ${of.map(
      ([name, value]) => html`
        <div key=${name}>
          <dt>${name}</dt>
          <dd>${number(value)}</dd>
        </div>
      `,
    )}
  </dl>
`;

/**
 * How far long work is; without a whole, only that it goes on. Each tenth of it is read
 * out, and said; the rest changes too often for that.
 */
export const Progress = ({value, whole, label, text, said}) => html`
  <p class="unseen" role="status">
    ${whole ? `${Math.floor(percent(value, whole) / 10) * 10} %` : label}${' '}${said}
  </p>
  <p class="row between">
    <span>${label}${whole ? ` ${percent(value, whole)} %` : ''}</span>
    <span class="quiet">${text}</span>
  </p>
  <progress
    class="progress"
    aria-label=${label}
    max=${whole || undefined}
    value=${whole ? value : undefined}
  ></progress>
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
export function Dialog({title, children, confirm, dismiss = t('cancel'), kind = '', close, act}) {
  const dialog = useRef();
  const [run, {busy, error}] = useAct(act);
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

/** What stands where there is nothing to say. */
export const nothing = () => html`<span class="quiet none">–</span>`;

/**
 * A table. columns: [{name, cell(item), num, head, beside, wide}]: head names the row (a
 * number: by its column's name too); on a phone, beside stands next to it, and wide is
 * left out.
 */
export const Table = ({caption, columns, items, id}) => html`
  <table class="table" role="table">
    <caption class="unseen">${caption}</caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map(
          column => html`
            <th
              key=${column.name}
              scope="col"
              role="columnheader"
              class=${column.num && !column.head ? 'num' : ''}
            >
              ${column.name}
            </th>
          `,
        )}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${items.map(
        (item, i) => html`
          <tr role="row" key=${id ? id(item) : i}>
            ${columns.map(column =>
              column.head
                ? html`
                    <th
                      key=${column.name}
                      scope="row"
                      role="rowheader"
                      data-label=${column.name}
                      class=${column.num ? 'numbered' : ''}
                    >
                      ${column.cell(item)}
                    </th>
                  `
                : html`
                    <td
                      key=${column.name}
                      role="cell"
                      data-label=${column.name}
                      class=${['num', 'beside', 'wide'].filter(one => column[one]).join(' ')}
                    >
                      ${column.cell(item)}
                    </td>
                  `,
            )}
          </tr>
        `,
      )}
    </tbody>
  </table>
`;

/** What stands in the place of a list that is loaded. */
export const Skeletons = ({lines = 5}) => html`
  <div aria-hidden="true">
    ${Array.from({length: lines}, (_, i) => html`<p key=${i}><span class="skeleton"></span></p>`)}
  </div>
  <p class="unseen" role="status">${t('loading')}</p>
`;

/** A list of usePages as a table, with what is below it. */
export function List({pages, caption, columns, id, none, turn}) {
  const {items, error, busy, more, next, back, again, ended, page} = pages;
  return html`
    <${Trouble} error=${error} again=${again} />
    ${
      items === null
        ? !error && html`<${Skeletons} />`
        : items.length === 0 && ended
          ? !error && (page < 2 ? none : html`<p class="quiet">${t('list_end')}</p>`)
          : html`
              <div aria-busy=${busy ? 'true' : undefined}>
                <${Table} caption=${caption} columns=${columns} items=${items} id=${id} />
              </div>
            `
    }
    ${
      items !== null &&
      (turn ? next || back : more) &&
      html`
        <div class="more">
          ${
            turn
              ? html`
                  <${Button}
                    kind="second"
                    disabled=${!back}
                    busy=${busy && back}
                    onClick=${() => back?.()}
                  >
                    ${t('back')}
                  </${Button}>
                  <${Button}
                    kind="second"
                    disabled=${!next}
                    busy=${busy && next}
                    onClick=${() => next?.()}
                  >
                    ${t('next')}
                  </${Button}>
                  <p role="status">
                    ${items.length === 0 ? t('list_seek') : t('list_page', {page: number(page)})}
                  </p>
                `
              : html`
                  <${Button} kind="second" busy=${busy} onClick=${more}>${t('more')}</${Button}>
                  <p role="status">
                    ${items.length === 0 ? t('list_seek') : n('list_shown', items.length)}
                  </p>
                `
          }
        </div>
      `
    }
  `;
}

/** A button that has a file made and downloads it. The file may take a while to make. */
export function Download({path, query, kind = 'second', children}) {
  const [run, {busy, error}] = useAct(async () => {
    say(t('file_made'));
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

const steps = ['upload', 'validate', 'process', 'notify'];

/** The last step that a job has come to. */
export const stepOf = job =>
  ({awaiting_file: 'upload', validating: 'validate', validated: 'validate', rejected: 'validate'})[
    job.status
  ] ?? 'process';

/** Where a job is opened. */
export const opens = job => `/jobs/${job.id}/${stepOf(job)}`;

export const finished = job => job.status === 'processed' || job.status === 'failed';

/** The four steps of an upload. */
export function Steps({job, at}) {
  const last = job ? (finished(job) ? 3 : steps.indexOf(stepOf(job))) : 0;
  return html`
    <nav aria-label=${t('steps')}>
      <ol class="steps">
        ${steps.map(
          (step, i) => html`
            <li
              key=${step}
              aria-current=${step === at ? 'step' : undefined}
              data-done=${
                step !== at && (i < last || (i === 3 && job?.notifications > 0)) ? '' : undefined
              }
            >
              ${
                step !== at && job && i <= last
                  ? html`<a href=${`/jobs/${job.id}/${step}`}>${t(`step_${step}`)}</a>`
                  : html`<span>${t(`step_${step}`)}</span>`
              }
            </li>
          `,
        )}
      </ol>
    </nav>
  `;
}

/** The page of a job: its name and status, where it comes from, and the page's acts. */
export const JobPage = ({job, title, acts, children}) => html`
  <${Page}
    title=${title}
    name=${job.name}
    acts=${acts}
    crumb=${html`<a href="/jobs">${t('title')}</a>`}
    under=${html`
      <${Badge} kind="status" of=${job.status} />
      ${' '}
      <span>
        ${[
          job.file_name,
          job.created_by
            ? t('by', {at: time(job.created_at), who: job.created_by})
            : t('dropped', {at: time(job.created_at)}),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
    `}
  >
    ${children}
  </${Page}>
`;

/** Who is an audience, in words. */
export const audienceOf = of =>
  of.audience ? t(`audience_${of.audience}`) : n('named', of.usernames?.length ?? 0);
