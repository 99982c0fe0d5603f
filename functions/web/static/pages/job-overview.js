// A job as a whole: who has acted, over time; what was sent; reminders; and its members.

import {ask, get} from '../api.js';
import {number, percent, seconds, span, time} from '../formats.js';
import {useAction, useDraft, usePages, useSettled} from '../hooks.js';
import {Chart} from '../parts/chart.js';
import {
  Button,
  Dialog,
  Download,
  Field,
  Problem,
  Tabs,
  Trouble,
  besides,
  faultOf,
} from '../parts/controls.js';
import {Badge, UsersBar, nothing} from '../parts/figures.js';
import {JobPage, Steps, finished, opens, reasonOf, stepOf} from '../parts/job.js';
import {Texts} from '../parts/message-fields.js';
import {Notification} from '../parts/notification.js';
import {Skeletons} from '../parts/page.js';
import {List} from '../parts/table.js';
import {say} from '../parts/toast.js';
import {go, setQuery} from '../router.js';
import {tab} from '../tab.js';
import {counted, textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';

const columns = () => [
  {
    name: textOf('jobs.user'),
    head: true,
    cell: one => html`
      <a href=${`/users/${encodeURIComponent(one.username)}`}>${one.username}</a>
      <span class="small under">${[one.first_name, one.last_name].filter(Boolean).join(' ')}</span>
    `,
  },
  {
    name: textOf('jobs.state'),
    beside: true,
    cell: one => html`<${Badge} kind="state" of=${one.state} />`,
  },
  {
    name: textOf('jobs.last_message'),
    cell: ({last_delivery: last}) =>
      last
        ? html`
            <span>
              ${
                last.notification
                  ? textOf('jobs.notification', {id: last.notification})
                  : textOf('jobs.link')
              }${last.device ? `, ${last.device}` : ''}${' '}
              <span class="small">${time(last.at)}</span>
            </span>
          `
        : nothing(),
  },
  {
    name: textOf('jobs.delivery'),
    cell: ({last_delivery: last}) =>
      last
        ? html`
            <span>
              <${Badge} kind="delivery" of=${last.state} />
              ${
                last.reason &&
                html`
                  ${' '}
                  <span class="small">${reasonOf(last.reason)}</span>
                `
              }
            </span>
          `
        : nothing(),
  },
  {name: textOf('jobs.row'), num: true, wide: true, cell: one => number(one.row)},
];

const groups = ['', 'pending', 'expired', 'unreached', 'active', 'inactive', 'removed'];

function Members({job}) {
  const [filters, setFilters] = useState(() => ({
    q: '',
    show: '',
    ...Object.fromEntries(new URLSearchParams(location.search)),
  }));
  const q = useSettled(filters.q.trim());
  const show = groups.includes(filters.show) ? filters.show : '';
  useEffect(() => setQuery({q, show}), [q, show]);
  const pages = usePages(
    `/api/jobs/${job.id}/members`,
    {q, ...(show === 'unreached' ? {audience: show} : {state: show})},
    {size: 25},
  );
  const counts = {
    pending: job.users.pending,
    expired: job.users.expired,
    active: job.users.active,
    inactive: job.users.inactive || null,
    '': job.users.total,
  };
  const audience = q
    ? null
    : show === ''
      ? 'pending'
      : ['pending', 'expired', 'unreached'].includes(show)
        ? show
        : null;
  const names =
    pages.items
      ?.filter(one => one.state && one.state !== 'inactive' && one.state !== 'removed')
      .map(one => one.username) ?? [];
  const renotify = () => {
    if (!audience) tab.set(`named:${job.id}`, names);
    go(`/jobs/${job.id}/notify?audience=${audience ?? 'named'}`);
  };
  return html`
    <section class="card">
      <div class="row between">
        <h2>${textOf('jobs.members')}</h2>
        <div class="row">
          <${Download}
            kind="second compact"
            path=${`/api/jobs/${job.id}/files/members`}
            query=${show && show !== 'unreached' ? {state: show} : undefined}
          >
            ${textOf(show && show !== 'unreached' ? 'jobs.export_some' : 'jobs.export')}
          </${Download}>
          <${Button}
            kind="compact"
            disabled=${audience ? counts[audience] === 0 : pages.busy || names.length === 0}
            onClick=${renotify}
          >
            ${
              audience
                ? textOf(`jobs.renotify_${audience}`)
                : counted('jobs.renotify', names.length)
            }
          </${Button}>
        </div>
      </div>
      <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
        <div class="field">
          <label for="q">${textOf('jobs.search_user')}</label>
          <input
            id="q"
            type="search"
            value=${filters.q}
            onInput=${event => setFilters({...filters, q: event.target.value})}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        </div>
      </form>
      <${Tabs}
        label=${textOf('jobs.state')}
        value=${show}
        choose=${value => setFilters({...filters, show: value})}
        of=${groups.map(one => ({
          value: one,
          name:
            one === ''
              ? textOf('jobs.all')
              : one === 'unreached'
                ? textOf('jobs.audience_unreached')
                : textOf(`jobs.state_${one}`),
          count: counts[one],
        }))}
      />
      <${List}
        turn
        pages=${pages}
        caption=${textOf('jobs.members')}
        columns=${columns()}
        id=${one => one.username}
        none=${html`
          <div class="empty">
            <p>${textOf(q || show ? 'jobs.members_not_found' : 'jobs.members_none')}</p>
          </div>
        `}
      />
    </section>
  `;
}

function Notifications({job}) {
  // The newest are asked for one by one: the list begins with the oldest.
  const [shownCount, setShownCount] = useState(3);
  const numbers = Array.from(
    {length: Math.min(shownCount, job.notifications)},
    (_, i) => job.notifications - i,
  );
  return html`
    <section class="card">
      <h2>${textOf('jobs.notifications')}</h2>
      ${
        job.notifications === 0
          ? html`
              <div class="empty">
                <p>${textOf('jobs.notifications_none')}</p>
                <a class="button" href=${`/jobs/${job.id}/notify`}>${textOf('jobs.notify_now')}</a>
              </div>
            `
          : numbers.map(
              (id, i) => html`
                ${i > 0 && html`<hr key=${`line ${id}`} />`}
                <${Notification} key=${id} job=${job} id=${id} />
              `,
            )
      }
      ${
        job.notifications > shownCount &&
        html`
          <div class="more">
            <${Button} kind="second" onClick=${() => setShownCount(shownCount + 5)}>
              ${textOf('jobs.earlier_ones')}
            </${Button}>
          </div>
        `
      }
    </section>
  `;
}

const rhythms = ['24h', '48h', '72h', '168h'];

const textsOf = ({subject, body, sms}) => ({subject, body, sms});

/**
 * What the reminders say, to be changed. Where they have no text yet it begins as that of
 * the last message, which isn't theirs before it is changed.
 */
function ReminderTexts({job, texts: own, change, error}) {
  const [open, setOpen] = useState(false);
  const [last, setLast] = useState(null);
  const texts = own ?? last;
  const [load, {error: lost}] = useAction(async () =>
    setLast(textsOf(await get(`/api/jobs/${job.id}/message`))),
  );
  const fault = field => faultOf(error, field);
  useEffect(() => {
    if (['subject', 'body', 'sms'].some(fault)) setOpen(true);
  }, [error]);
  return html`
    <details
      open=${open}
      onToggle=${event => {
        setOpen(event.target.open);
        if (event.target.open && !texts) load();
      }}
    >
      <summary>${textOf('jobs.reminders_change_text')}</summary>
      ${
        texts
          ? html`
              <${Texts}
                texts=${texts}
                put=${field => value => change({...texts, [field]: value})}
                fault=${fault}
              />
            `
          : lost
            ? html`<${Trouble} error=${lost} again=${load} />`
            : html`<${Skeletons} lines=${3} />`
      }
    </details>
  `;
}

function Reminders({job, reload}) {
  const now = job.reminders;
  const [draft, setDraft, forgetDraft] = useDraft(`reminders:${job.id}`, {
    every: now?.every ?? '48h',
    maximum: String(now?.maximum ?? 3),
    audience: now?.audience ?? 'pending',
    texts: null,
    open: false,
  });
  const put = (name, value) => setDraft(before => ({...before, [name]: value}));
  const path = `/api/jobs/${job.id}/reminders`;
  const texts = draft.texts ?? (now && textsOf(now));
  const [save, {busy, error}] = useAction(async () => {
    await ask('PUT', path, {
      every: draft.every,
      maximum: Number(draft.maximum),
      audience: draft.audience,
      ...texts,
    });
    forgetDraft();
    await reload();
    put('open', false);
    say(textOf('jobs.reminders_on'));
  });
  const [stop, stopping] = useAction(async () => {
    await ask('DELETE', path, {});
    forgetDraft();
    await reload();
    say(textOf('jobs.reminders_off'));
  });
  const all = rhythms.includes(draft.every) ? rhythms : [draft.every, ...rhythms];
  return html`
    <section class="card">
      <h2>${textOf('jobs.reminders')}</h2>
      ${
        now
          ? html`
              <p>
                ${textOf('jobs.reminders_are', {
                  every: span(seconds(now.every)),
                  audience: textOf(`jobs.audience_${now.audience}`),
                })}
              </p>
              <p class="quiet">${textOf('jobs.subject')}: ${now.subject}</p>
              <p class="quiet">
                ${counted('jobs.reminders_sent', now.sent, {maximum: number(now.maximum)})}${' '}${
                  now.next_at
                    ? textOf('jobs.reminders_next', {at: time(now.next_at)})
                    : now.sent < now.maximum
                      ? textOf('jobs.reminders_wait')
                      : ''
                }
              </p>
            `
          : html`<p class="quiet">${textOf('jobs.reminders_none')}</p>`
      }
      ${
        draft.open
          ? html`
              <form
                novalidate
                aria-busy=${busy ? 'true' : undefined}
                onSubmit=${event => {
                  event.preventDefault();
                  save();
                }}
              >
                <${Field}
                  id="every"
                  label=${textOf('jobs.every')}
                  hint=${textOf('jobs.every_hint')}
                  fault=${faultOf(error, 'every')}
                >
                  ${given => html`
                    <select
                      ...${given}
                      value=${draft.every}
                      onChange=${event => put('every', event.target.value)}
                    >
                      ${all.map(
                        one => html`<option key=${one} value=${one}>${span(seconds(one))}</option>`,
                      )}
                    </select>
                  `}
                </${Field}>
                <${Field}
                  id="maximum"
                  label=${textOf('jobs.maximum')}
                  fault=${faultOf(error, 'maximum')}
                >
                  ${given => html`
                    <input
                      ...${given}
                      type="number"
                      min="1"
                      max="20"
                      value=${draft.maximum}
                      onInput=${event => put('maximum', event.target.value)}
                    />
                  `}
                </${Field}>
                <${Field}
                  id="reminded"
                  label=${textOf('jobs.to_whom')}
                  fault=${faultOf(error, 'audience')}
                >
                  ${given => html`
                    <select
                      ...${given}
                      value=${draft.audience}
                      onChange=${event => put('audience', event.target.value)}
                    >
                      ${['pending', 'expired', 'unreached'].map(
                        one => html`
                          <option key=${one} value=${one}>${textOf(`jobs.audience_${one}`)}</option>
                        `,
                      )}
                    </select>
                  `}
                </${Field}>
                <${ReminderTexts}
                  job=${job}
                  texts=${texts}
                  change=${value => put('texts', value)}
                  error=${error}
                />
                <p class="small">${textOf('jobs.reminders_text')}</p>
                <${Problem}
                  error=${besides(error, 'every', 'maximum', 'audience', 'subject', 'body', 'sms')}
                />
                <div class="row">
                  <button type="submit">${textOf('jobs.save')}</button>
                  <button type="button" class="second" onClick=${() => put('open', false)}>
                    ${textOf('jobs.cancel')}
                  </button>
                </div>
              </form>
            `
          : html`
              <div class="row">
                <button type="button" class="second" onClick=${() => put('open', true)}>
                  ${textOf(now ? 'jobs.reminders_change' : 'jobs.reminders_set')}
                </button>
                ${
                  now &&
                  html`
                    <${Button} kind="plain" busy=${stopping.busy} onClick=${stop}>
                      ${textOf('jobs.reminders_stop')}
                    </${Button}>
                  `
                }
              </div>
              <${Problem} error=${stopping.error} />
            `
      }
    </section>
  `;
}

function Delete({job}) {
  const [asked, setAsked] = useState(false);
  return html`
    <section class="card">
      <h2>${textOf('jobs.delete')}</h2>
      <p class="quiet">${textOf('jobs.delete_text')}</p>
      <div class="row">
        <button type="button" class="danger" onClick=${() => setAsked(true)}>
          ${textOf('jobs.delete_this')}
        </button>
      </div>
      ${
        asked &&
        html`
          <${Dialog}
            title=${textOf('jobs.delete_title', {name: job.name})}
            kind="danger"
            confirm=${textOf('jobs.delete_this')}
            close=${() => setAsked(false)}
            act=${async () => {
              await ask('DELETE', `/api/jobs/${job.id}`, {});
              say(textOf('jobs.deleted', {name: job.name}));
              go('/jobs');
            }}
          >
            <p>${textOf('jobs.delete_text')}</p>
          </${Dialog}>
        `
      }
    </section>
  `;
}

export function JobOverview({job, reload, lost}) {
  const {users} = job;
  const over = finished(job) && users;
  return html`
    <${JobPage}
      job=${job}
      title=${textOf('jobs.overview')}
      acts=${
        over &&
        html`<a class="button" href=${`/jobs/${job.id}/notify`}>${textOf('jobs.notify_now')}</a>`
      }
    >
      <${Steps} job=${job} />
      ${lost}
      ${
        !over
          ? html`
              <div class="empty">
                <p>${textOf('jobs.not_yet_processed')}</p>
                <a class="button" href=${opens(job)}>${textOf(`jobs.step_${stepOf(job)}`)}</a>
              </div>
            `
          : html`
              <div class="cards wide">
                <section class="card">
                  <h2>${textOf('jobs.who_acted')}</h2>
                  ${
                    users.total > 0
                      ? html`
                          <p>
                            ${counted('jobs.active_of', users.active, {
                              total: number(users.total),
                              percent: percent(users.active, users.total),
                            })}${
                              users.undeliverable > 0
                                ? ` ${counted('jobs.undeliverable', users.undeliverable)}`
                                : ''
                            }
                          </p>
                          <${UsersBar} users=${users} />
                          <${Chart} job=${job} />
                        `
                      : html`<p>${textOf('jobs.no_users')}</p>`
                  }
                  <p class="small">${textOf('jobs.as_of', {at: time(users.as_of)})}</p>
                </section>
                <${Reminders} job=${job} reload=${reload} />
              </div>
              <${Notifications} job=${job} />
              <${Members} job=${job} />
            `
      }
      <${Delete} job=${job} />
    </${JobPage}>
  `;
}
