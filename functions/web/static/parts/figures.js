// How numbers and states are shown.

import {number, percent} from '../formats.js';
import {textOf} from '../texts.js';
import {html} from '../view.js';

const tones = {
  awaiting_file: '',
  validating: 'info',
  needs_mapping: 'warn',
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
  known: 'info',
  remembered: 'info',
  chosen: 'good',
  proposed: 'warn',
  undecided: 'bad',
};

/**
 * A state, in a word. kind says of what: status, state, delivery, outcome, operation,
 * level, source, notification.
 */
export const Badge = ({kind, of}) =>
  of && html`<span class="badge" data-tone=${tones[of]}>${textOf(`jobs.${kind}_${of}`)}</span>`;

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
    {name: textOf('jobs.state_active'), count: users.active, tone: 'good'},
    {name: textOf('jobs.state_pending'), count: users.pending - users.expired, tone: 'warn'},
    {name: textOf('jobs.state_expired'), count: users.expired, tone: 'bad'},
    {name: textOf('jobs.state_inactive'), count: users.inactive},
  ];
  return html`
    <${Bar}
      parts=${parts.filter((part, i) => i < 3 || part.count > 0)}
      whole=${users.total}
      legend=${legend}
      label=${textOf('jobs.users_bar', {
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

/** What a person gave, as a name or an address, in a direction of its own. */
export const asGiven = value => value && html`<bdi>${value}</bdi>`;

/** A link to a user's page, if there is a user. */
export const userLink = username =>
  username && html`<a dir="auto" href=${`/users/${encodeURIComponent(username)}`}>${username}</a>`;

/** What stands where there is nothing to say. */
export const nothing = () => html`<span class="quiet none">–</span>`;
