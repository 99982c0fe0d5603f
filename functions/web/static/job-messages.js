// A job's notifications: how far they are, and what became of them.

import {ask, number, say, seconds, span, time} from './console.js';
import {
  Badge,
  Bar,
  Button,
  Dialog,
  List,
  Progress,
  Skeletons,
  Tabs,
  Trouble,
  audienceOf,
  n,
  nothing,
  t,
} from './parts.js';
import {useRest} from './job-process.js';
import {html, usePages, useState, useThing} from './view.js';

export const isOver = one => one.status === 'sent' || one.status === 'cancelled';

const tones = {
  delivered: 'good',
  sent: 'info',
  bounced: 'bad',
  complained: 'warn',
  failed: 'bad',
  skipped: undefined,
  queued: 'none',
};

/** Why a message didn't get through, in words if there are any. */
export const reasonOf = code => code && (t(`reason_${code}`) || code.replaceAll('_', ' '));

const columns = [
  {name: t('user'), head: true, cell: one => one.username},
  {
    name: t('delivery'),
    beside: true,
    cell: one => html`<${Badge} kind="delivery" of=${one.state} />`,
  },
  {name: t('why'), cell: one => reasonOf(one.reason) ?? nothing()},
  {name: t('device'), cell: one => one.device ?? '–'},
  {
    name: t('at'),
    cell: one => html`<span class="nowrap">${time(one.at)}</span>`,
  },
];

const states = ['', 'delivered', 'sent', 'bounced', 'complained', 'failed', 'skipped'];

function Deliveries({path}) {
  const [state, choose] = useState('');
  const pages = usePages(`${path}/deliveries`, {state}, {size: 10});
  return html`
    <${Tabs}
      label=${t('delivery')}
      value=${state}
      choose=${choose}
      of=${states.map(one => ({value: one, name: one ? t(`delivery_${one}`) : t('all')}))}
    />
    <${List}
      turn
      pages=${pages}
      caption=${t('deliveries')}
      columns=${columns}
      id=${one => `${one.username} ${one.device}`}
      none=${html`<p class="quiet">${t('deliveries_none')}</p>`}
    />
  `;
}

/**
 * One notification. It is looked at until it is over, and now and then after that:
 * providers tell late.
 */
export function Notification({job, id, changed}) {
  const path = `/api/jobs/${job.id}/notifications/${id}`;
  const {value: one, error, look} = useThing(path, one => (isOver(one) ? 10_000 : 700));
  const [asked, ask_] = useState(false);
  const [open, show] = useState(false);
  const {audience, queued} = one?.counts ?? {audience: 0, queued: 0};
  const rest = useRest(audience - queued, audience);
  if (!one) {
    return error
      ? html`<${Trouble} error=${error} again=${look} />`
      : html`<${Skeletons} lines=${3} />`;
  }
  const over = isOver(one);
  return html`
    <article class="notification">
      <div class="row between">
        <h3 class="row" tabindex="-1" id=${`notification-${one.id}`}>
          ${t('notification', {id: one.id})}${' '}
          <${Badge} kind="notification" of=${one.status} />
        </h3>
        ${
          !over &&
          html`
            <${Button} kind="danger compact" onClick=${() => ask_(true)}>
              ${t('cancel_sending')}
            </${Button}>
          `
        }
      </div>
      <p class="quiet">
        ${[
          audienceOf(one),
          t(`trigger_${one.trigger}`, {who: one.created_by ?? '–'}),
          time(one.created_at),
        ].join(' · ')}
      </p>
      ${one.reason && html`<p class="note" data-tone="warn">${reasonOf(one.reason)}</p>`}
      ${
        !over &&
        html`
          <${Progress}
            value=${audience - queued}
            whole=${audience || undefined}
            label=${n('handed_over', audience - queued, {whole: number(audience)})}
            ...${one.status === 'paused' ? {text: t('paused'), said: t('paused')} : {text: rest}}
          />
        `
      }
      ${
        audience > 0
          ? html`
              <div aria-hidden=${over ? undefined : 'true'}>
                <${Bar}
                  whole=${audience}
                  parts=${Object.entries(tones)
                    .map(([state, tone]) => ({
                      name: t(`delivery_${state}`),
                      count: one.counts[state],
                      tone,
                    }))
                    .filter(part => part.count > 0)}
                />
              </div>
            `
          : over && html`<p class="quiet">${t('nobody')}</p>`
      }
      <details open=${open} onToggle=${event => show(event.target.open)}>
        <summary>${t('details')}</summary>
        ${
          open &&
          html`
            <p><strong>${one.subject}</strong></p>
            <details class="inline">
              <summary>${t('body')}</summary>
              <pre class="mail">${one.body}</pre>
            </details>
            <details class="inline">
              <summary>${t('sms')}</summary>
              <pre class="mail">${one.sms}</pre>
            </details>
            <p class="small">
              ${t('details_text', {
                lifetime: span(seconds(one.link_lifetime)),
                devices: one.devices.join(', '),
              })}
            </p>
            <${Deliveries} path=${path} />
          `
        }
      </details>
      ${
        asked &&
        html`
          <${Dialog}
            title=${t('cancel_title')}
            confirm=${t('cancel_sending')}
            kind="danger"
            dismiss=${t('go_on_sending')}
            close=${() => ask_(false)}
            act=${async () => {
              await ask('POST', `${path}/cancel`, {});
              ask_(false);
              say(t('cancelled'));
              await look();
              changed?.();
            }}
          >
            <p>${t('cancel_text')}</p>
          </${Dialog}>
        `
      }
    </article>
  `;
}
