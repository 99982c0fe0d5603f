// The text of a message, as an administrator writes it.

import {textOf} from '../texts.js';
import {html, useRef} from '../view.js';
import {Field} from './controls.js';

const placeholders = [
  'first_name',
  'last_name',
  'username',
  'company',
  'link',
  'expires_at',
  'expires_in',
];

/** The fields of a message that are texts. */
export const textFields = ['subject', 'body', 'sms'];

/** The texts alone of a message, or of what else has them. */
export const textsOf = ({subject, body, sms}) => ({subject, body, sms});

/** The three texts, and buttons that put a placeholder where the caret was last. */
export function Texts({texts, put, fault}) {
  const fields = useRef({});
  const last = useRef('body');
  const insert = name => {
    // A subject takes no link.
    const field = last.current === 'subject' && name === 'link' ? 'body' : last.current;
    const area = fields.current[field];
    const {selectionStart: from, selectionEnd: to, value} = area;
    const text = `{{${name}}}`;
    put(field)(value.slice(0, from) + text + value.slice(to));
    requestAnimationFrame(() => {
      area.focus();
      area.setSelectionRange(from + text.length, from + text.length);
    });
  };
  const place = id => ({
    ref: element => {
      fields.current[id] = element;
    },
    value: texts[id],
    onInput: event => put(id)(event.target.value),
    onFocus: () => {
      last.current = id;
    },
  });
  return html`
    <${Field} id="subject" label=${textOf('jobs.subject')} fault=${fault('subject')}>
      ${given => html`<input ...${given} ...${place('subject')} autocomplete="off" />`}
    </${Field}>
    <${Field}
      id="body"
      label=${textOf('jobs.body')}
      hint=${textOf('jobs.body_hint', {place: '{{link}}'})}
      fault=${fault('body')}
    >
      ${given => html`<textarea ...${given} ...${place('body')} rows="12"></textarea>`}
    </${Field}>
    <${Field}
      id="sms"
      label=${textOf('jobs.sms')}
      hint=${textOf('jobs.sms_hint')}
      fault=${fault('sms')}
    >
      ${given => html`<textarea ...${given} ...${place('sms')} rows="3"></textarea>`}
    </${Field}>
    <div class="field" role="group" aria-labelledby="insert">
      <p class="small" id="insert">${textOf('jobs.insert')}</p>
      <p class="chips">
        ${placeholders.map(
          name => html`
            <button
              type="button"
              class="second"
              key=${name}
              title=${`{{${name}}}`}
              onClick=${() => insert(name)}
            >
              ${textOf(`jobs.place_${name}`)}
            </button>
          `,
        )}
      </p>
    </div>
  `;
}
