// A job as a whole: who has acted, over time; what was sent; reminders; and its members.

import {ask, get, number, percent, say, seconds, span, tab, time} from './console.js';
import {Chart} from './chart.js';
import {Notification, reasonOf} from './job-messages.js';
import {Texts} from './job-notify.js';
import {
  Badge,
  Button,
  Dialog,
  Download,
  Field,
  JobPage,
  List,
  Problem,
  Skeletons,
  Steps,
  Tabs,
  Trouble,
  UsersBar,
  besides,
  faultOf,
  finished,
  n,
  nothing,
  opens,
  stepOf,
  t,
} from './parts.js';
import {
  go,
  html,
  setQuery,
  useAct,
  useDraft,
  useEffect,
  usePages,
  useSettled,
  useState,
} from './view.js';

const columns = [
  {
    name: t('user'),
    head: true,
    cell: one => html`
      <a href=${`/users/${encodeURIComponent(one.username)}`}>${one.username}</a>
      <span class="small under">${[one.first_name, one.last_name].filter(Boolean).join(' ')}</span>
    `,
  },
  {
    name: t('state'),
    beside: true,
    cell: one => html`<${Badge} kind="state" of=${one.state} />`,
  },
  {
    name: t('last_message'),
    cell: ({last_delivery: last}) =>
      last
        ? html`
            <span>
              ${
                last.notification ? t('notification', {id: last.notification}) : t('link')
              }${last.device ? `, ${last.device}` : ''}${' '}
              <span class="small">${time(last.at)}</span>
            </span>
          `
        : nothing(),
  },
  {
    name: t('delivery'),
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
  {name: t('row'), num: true, wide: true, cell: one => number(one.row)},
];

const filters = ['', 'pending', 'expired', 'unreached', 'active', 'inactive', 'removed'];

function Members({job}) {
  const [by, set] = useState(() => ({
    q: '',
    show: '',
    ...Object.fromEntries(new URLSearchParams(location.search)),
  }));
  const q = useSettled(by.q.trim());
  const show = filters.includes(by.show) ? by.show : '';
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
        <h2>${t('members')}</h2>
        <div class="row">
          <${Download}
            kind="second compact"
            path=${`/api/jobs/${job.id}/files/members`}
            query=${show && show !== 'unreached' ? {state: show} : undefined}
          >
            ${t(show && show !== 'unreached' ? 'export_some' : 'export')}
          </${Download}>
          <${Button}
            kind="compact"
            disabled=${audience ? counts[audience] === 0 : pages.busy || names.length === 0}
            onClick=${renotify}
          >
            ${audience ? t(`renotify_${audience}`) : n('renotify', names.length)}
          </${Button}>
        </div>
      </div>
      <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
        <div class="field">
          <label for="q">${t('search_user')}</label>
          <input
            id="q"
            type="search"
            value=${by.q}
            onInput=${event => set({...by, q: event.target.value})}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        </div>
      </form>
      <${Tabs}
        label=${t('state')}
        value=${show}
        choose=${value => set({...by, show: value})}
        of=${filters.map(one => ({
          value: one,
          name:
            one === ''
              ? t('all')
              : one === 'unreached'
                ? t('audience_unreached')
                : t(`state_${one}`),
          count: counts[one],
        }))}
      />
      <${List}
        turn
        pages=${pages}
        caption=${t('members')}
        columns=${columns}
        id=${one => one.username}
        none=${html`
          <div class="empty"><p>${t(q || show ? 'members_not_found' : 'members_none')}</p></div>
        `}
      />
    </section>
  `;
}

function Notifications({job}) {
  // The newest are asked for one by one: the list begins with the oldest.
  const [many, show] = useState(3);
  const numbers = Array.from(
    {length: Math.min(many, job.notifications)},
    (_, i) => job.notifications - i,
  );
  return html`
    <section class="card">
      <h2>${t('notifications')}</h2>
      ${
        job.notifications === 0
          ? html`
              <div class="empty">
                <p>${t('notifications_none')}</p>
                <a class="button" href=${`/jobs/${job.id}/notify`}>${t('notify_now')}</a>
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
        job.notifications > many &&
        html`
          <div class="more">
            <${Button} kind="second" onClick=${() => show(many + 5)}>
              ${t('earlier_ones')}
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
  const [open, show] = useState(false);
  const [last, keep] = useState(null);
  const texts = own ?? last;
  const [load, {error: lost}] = useAct(async () =>
    keep(textsOf(await get(`/api/jobs/${job.id}/message`))),
  );
  const fault = field => faultOf(error, field);
  useEffect(() => {
    if (['subject', 'body', 'sms'].some(fault)) show(true);
  }, [error]);
  return html`
    <details
      open=${open}
      onToggle=${event => {
        show(event.target.open);
        if (event.target.open && !texts) load();
      }}
    >
      <summary>${t('reminders_change_text')}</summary>
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

function Reminders({job, look}) {
  const now = job.reminders;
  const [draft, change, forget] = useDraft(`reminders:${job.id}`, {
    every: now?.every ?? '48h',
    maximum: String(now?.maximum ?? 3),
    audience: now?.audience ?? 'pending',
    texts: null,
    open: false,
  });
  const put = (name, value) => change(before => ({...before, [name]: value}));
  const path = `/api/jobs/${job.id}/reminders`;
  const texts = draft.texts ?? (now && textsOf(now));
  const [save, {busy, error}] = useAct(async () => {
    await ask('PUT', path, {
      every: draft.every,
      maximum: Number(draft.maximum),
      audience: draft.audience,
      ...texts,
    });
    forget();
    await look();
    put('open', false);
    say(t('reminders_on'));
  });
  const [stop, stopping] = useAct(async () => {
    await ask('DELETE', path, {});
    forget();
    await look();
    say(t('reminders_off'));
  });
  const all = rhythms.includes(draft.every) ? rhythms : [draft.every, ...rhythms];
  return html`
    <section class="card">
      <h2>${t('reminders')}</h2>
      ${
        now
          ? html`
              <p>
                ${t('reminders_are', {
                  every: span(seconds(now.every)),
                  audience: t(`audience_${now.audience}`),
                })}
              </p>
              <p class="quiet">${t('subject')}: ${now.subject}</p>
              <p class="quiet">
                ${n('reminders_sent', now.sent, {maximum: number(now.maximum)})}${' '}${
                  now.next_at
                    ? t('reminders_next', {at: time(now.next_at)})
                    : now.sent < now.maximum
                      ? t('reminders_wait')
                      : ''
                }
              </p>
            `
          : html`<p class="quiet">${t('reminders_none')}</p>`
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
                  label=${t('every')}
                  hint=${t('every_hint')}
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
                <${Field} id="maximum" label=${t('maximum')} fault=${faultOf(error, 'maximum')}>
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
                <${Field} id="reminded" label=${t('to_whom')} fault=${faultOf(error, 'audience')}>
                  ${given => html`
                    <select
                      ...${given}
                      value=${draft.audience}
                      onChange=${event => put('audience', event.target.value)}
                    >
                      ${['pending', 'expired', 'unreached'].map(
                        one => html`
                          <option key=${one} value=${one}>${t(`audience_${one}`)}</option>
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
                <p class="small">${t('reminders_text')}</p>
                <${Problem}
                  error=${besides(error, 'every', 'maximum', 'audience', 'subject', 'body', 'sms')}
                />
                <div class="row">
                  <button type="submit">${t('save')}</button>
                  <button type="button" class="second" onClick=${() => put('open', false)}>
                    ${t('cancel')}
                  </button>
                </div>
              </form>
            `
          : html`
              <div class="row">
                <button type="button" class="second" onClick=${() => put('open', true)}>
                  ${t(now ? 'reminders_change' : 'reminders_set')}
                </button>
                ${
                  now &&
                  html`
                    <${Button} kind="plain" busy=${stopping.busy} onClick=${stop}>
                      ${t('reminders_stop')}
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
  const [asked, ask_] = useState(false);
  return html`
    <section class="card">
      <h2>${t('delete')}</h2>
      <p class="quiet">${t('delete_text')}</p>
      <div class="row">
        <button type="button" class="danger" onClick=${() => ask_(true)}>
          ${t('delete_this')}
        </button>
      </div>
      ${
        asked &&
        html`
          <${Dialog}
            title=${t('delete_title', {name: job.name})}
            kind="danger"
            confirm=${t('delete_this')}
            close=${() => ask_(false)}
            act=${async () => {
              await ask('DELETE', `/api/jobs/${job.id}`, {});
              say(t('deleted', {name: job.name}));
              go('/jobs');
            }}
          >
            <p>${t('delete_text')}</p>
          </${Dialog}>
        `
      }
    </section>
  `;
}

export function JobOverview({job, look, lost}) {
  const {users} = job;
  const over = finished(job) && users;
  return html`
    <${JobPage}
      job=${job}
      title=${t('overview')}
      acts=${
        over && html`<a class="button" href=${`/jobs/${job.id}/notify`}>${t('notify_now')}</a>`
      }
    >
      <${Steps} job=${job} />
      ${lost}
      ${
        !over
          ? html`
              <div class="empty">
                <p>${t('not_yet_processed')}</p>
                <a class="button" href=${opens(job)}>${t(`step_${stepOf(job)}`)}</a>
              </div>
            `
          : html`
              <div class="cards wide">
                <section class="card">
                  <h2>${t('who_acted')}</h2>
                  ${
                    users.total > 0
                      ? html`
                          <p>
                            ${n('active_of', users.active, {
                              total: number(users.total),
                              percent: percent(users.active, users.total),
                            })}${
                              users.undeliverable > 0
                                ? ` ${n('undeliverable', users.undeliverable)}`
                                : ''
                            }
                          </p>
                          <${UsersBar} users=${users} />
                          <${Chart} job=${job} />
                        `
                      : html`<p>${t('no_users')}</p>`
                  }
                  <p class="small">${t('as_of', {at: time(users.as_of)})}</p>
                </section>
                <${Reminders} job=${job} look=${look} />
              </div>
              <${Notifications} job=${job} />
              <${Members} job=${job} />
            `
      }
      <${Delete} job=${job} />
    </${JobPage}>
  `;
}
