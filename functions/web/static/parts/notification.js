// A job's notifications: how far they are, and what became of them.

import {ask} from '../api.js';
import {number, seconds, span, time} from '../formats.js';
import {usePages, useThing} from '../hooks.js';
import {counted, textOf} from '../texts.js';
import {html, useState} from '../view.js';
import {Button, Dialog, Tabs, Trouble} from './controls.js';
import {Badge, Bar, Progress, asGiven, nothing} from './figures.js';
import {audienceOf, isOver, reasonOf, useRest} from './job.js';
import {Skeletons} from './page.js';
import {List} from './table.js';
import {say} from './toast.js';

const tones = {
  delivered: 'good',
  sent: 'info',
  bounced: 'bad',
  complained: 'warn',
  failed: 'bad',
  skipped: undefined,
  queued: 'none',
};

const columns = () => [
  {name: textOf('jobs.user'), head: true, cell: one => asGiven(one.username)},
  {
    name: textOf('jobs.delivery'),
    beside: true,
    cell: one => html`<${Badge} kind="delivery" of=${one.state} />`,
  },
  {name: textOf('jobs.why'), cell: one => reasonOf(one.reason) ?? nothing()},
  {name: textOf('jobs.device'), cell: one => one.device ?? '–'},
  {
    name: textOf('jobs.at'),
    cell: one => html`<span class="nowrap">${time(one.at)}</span>`,
  },
];

const states = ['', 'delivered', 'sent', 'bounced', 'complained', 'failed', 'skipped'];

function Deliveries({path}) {
  const [state, setState] = useState('');
  const pages = usePages(`${path}/deliveries`, {state}, {size: 10});
  return html`
    <${Tabs}
      label=${textOf('jobs.delivery')}
      value=${state}
      choose=${setState}
      of=${states.map(one => ({
        value: one,
        name: one ? textOf(`jobs.delivery_${one}`) : textOf('jobs.all'),
      }))}
    />
    <${List}
      turn
      pages=${pages}
      caption=${textOf('jobs.deliveries')}
      columns=${columns()}
      id=${one => `${one.username} ${one.device}`}
      none=${html`<p class="quiet">${textOf('jobs.deliveries_none')}</p>`}
    />
  `;
}

// How long, in milliseconds, until a notification is loaded again.
const paceOf = one => (isOver(one) ? 10_000 : 700);

/**
 * One notification. It is loaded again and again until it is over, and now and then after
 * that: providers tell late.
 */
export function Notification({job, id, changed}) {
  const path = `/api/jobs/${job.id}/notifications/${id}`;
  const {value: one, error, reload} = useThing(path, paceOf);
  const [asked, setAsked] = useState(false);
  const [open, setOpen] = useState(false);
  const {audience, queued} = one?.counts ?? {audience: 0, queued: 0};
  const rest = useRest(audience - queued, audience);
  if (!one) {
    return error
      ? html`<${Trouble} error=${error} again=${reload} />`
      : html`<${Skeletons} lines=${3} />`;
  }
  const cancel = async () => {
    await ask('POST', `${path}/cancel`, {});
    setAsked(false);
    say(textOf('jobs.cancelled'));
    await reload();
    changed?.();
  };
  const over = isOver(one);
  return html`
    <article class="notification">
      <div class="row between">
        <h3 class="row" tabindex="-1" id=${`notification-${one.id}`}>
          ${textOf('jobs.notification', {id: one.id})}${' '}
          <${Badge} kind="notification" of=${one.status} />
        </h3>
        ${
          !over &&
          html`
            <${Button} kind="danger compact" onClick=${() => setAsked(true)}>
              ${textOf('jobs.cancel_sending')}
            </${Button}>
          `
        }
      </div>
      <p class="quiet">
        ${[
          audienceOf(one),
          textOf(`jobs.trigger_${one.trigger}`, {who: one.created_by ?? '–'}),
          time(one.created_at),
        ].join(' · ')}
      </p>
      ${one.reason && html`<p class="note" data-tone="warn">${reasonOf(one.reason)}</p>`}
      ${!over && html`<${HandingOver} one=${one} rest=${rest} />`}
      ${
        audience > 0
          ? html`
              <div aria-hidden=${over ? undefined : 'true'}>
                <${Bar}
                  whole=${audience}
                  parts=${Object.entries(tones)
                    .map(([state, tone]) => ({
                      name: textOf(`jobs.delivery_${state}`),
                      count: one.counts[state],
                      tone,
                    }))
                    .filter(part => part.count > 0)}
                />
              </div>
            `
          : over && html`<p class="quiet">${textOf('jobs.nobody')}</p>`
      }
      <details open=${open} onToggle=${event => setOpen(event.target.open)}>
        <summary>${textOf('jobs.details')}</summary>
        ${open && html`<${Details} one=${one} path=${path} />`}
      </details>
      ${
        asked &&
        html`
          <${Dialog}
            title=${textOf('jobs.cancel_title')}
            confirm=${textOf('jobs.cancel_sending')}
            kind="danger"
            dismiss=${textOf('jobs.go_on_sending')}
            close=${() => setAsked(false)}
            act=${cancel}
          >
            <p>${textOf('jobs.cancel_text')}</p>
          </${Dialog}>
        `
      }
    </article>
  `;
}

/** What a notification says, how its link works, and what became of it for each user. */
const Details = ({one, path}) => html`
  <p><strong>${one.subject}</strong></p>
  <details class="inline">
    <summary>${textOf('jobs.body')}</summary>
    <pre class="mail">${one.body}</pre>
  </details>
  <details class="inline">
    <summary>${textOf('jobs.sms')}</summary>
    <pre class="mail">${one.sms}</pre>
  </details>
  <p class="small">
    ${textOf('jobs.details_text', {
      lifetime: span(seconds(one.link_lifetime)),
      devices: one.devices.join(', '),
    })}
  </p>
  <${Deliveries} path=${path} />
`;

/** How far a notification is handed over. What is paused goes on by itself. */
function HandingOver({one, rest}) {
  const {audience, queued} = one.counts;
  const paused = one.status === 'paused' ? textOf('jobs.paused') : undefined;
  return html`
    <${Progress}
      value=${audience - queued}
      whole=${audience || undefined}
      label=${counted('jobs.handed_over', audience - queued, {whole: number(audience)})}
      text=${paused ?? rest}
      said=${paused}
    />
  `;
}
