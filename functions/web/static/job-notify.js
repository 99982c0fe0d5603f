// The fourth step: who is told, and what. Nothing is sent before Send Message, and that
// sends once.

import {ask, get, newKey, number, say, seconds, span, tab} from './console.js';
import {Lifetime} from './job-new.js';
import {Notification} from './job-messages.js';
import {
  Button,
  Dialog,
  Field,
  JobPage,
  Problem,
  Skeletons,
  Steps,
  Tabs,
  Trouble,
  besides,
  faultOf,
  finished,
  n,
  t,
} from './parts.js';
import {Mail} from './mail.js';
import {html, remember, useAct, useDraft, useEffect, useRef, useSettled, useState} from './view.js';

const placeholders = [
  'first_name',
  'last_name',
  'username',
  'company',
  'link',
  'expires_at',
  'expires_in',
];

/** The users that a list was left with, to be told: kept for this tab. */
export const named = id => tab.get(`named:${id}`);

const audiences = ['pending', 'expired', 'unreached', 'everyone'];

/** How many an audience is, as far as the job tells. */
const sizes = users => ({
  pending: users.pending,
  expired: users.expired,
  everyone: users.active + users.pending,
});

function Audience({job, value, change, preview}) {
  const known = sizes(job.users);
  const names = named(job.id);
  const all = [...audiences, ...(names?.length ? ['named'] : [])];
  return html`
    <fieldset class="field">
      <legend>${t('to_whom')}</legend>
      <div class="choices two">
        ${all.map(one => {
          const size =
            one === 'named'
              ? names.length
              : (known[one] ?? (one === value && preview ? preview.audience.size : null));
          return html`
            <label class="choice" key=${one}>
              <input
                type="radio"
                name="audience"
                value=${one}
                checked=${one === value}
                onChange=${() => change(one)}
              />
              <span>
                <b>${one === 'named' ? n('named', names.length) : t(`audience_${one}`)}</b>
                ${
                  size != null &&
                  one !== 'named' &&
                  html`
                    ${' '}
                    <b class="quiet">${number(size)}</b>
                  `
                }
                <span class="small">
                  ${
                    one === 'named'
                      ? names.slice(0, 5).join(', ') + (names.length > 5 ? ' …' : '')
                      : t(`audience_${one}_hint`)
                  }
                </span>
              </span>
            </label>
          `;
        })}
      </div>
    </fieldset>
  `;
}

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
    <${Field} id="subject" label=${t('subject')} fault=${fault('subject')}>
      ${given => html`<input ...${given} ...${place('subject')} autocomplete="off" />`}
    </${Field}>
    <${Field}
      id="body"
      label=${t('body')}
      hint=${t('body_hint', {place: '{{link}}'})}
      fault=${fault('body')}
    >
      ${given => html`<textarea ...${given} ...${place('body')} rows="12"></textarea>`}
    </${Field}>
    <${Field} id="sms" label=${t('sms')} hint=${t('sms_hint')} fault=${fault('sms')}>
      ${given => html`<textarea ...${given} ...${place('sms')} rows="3"></textarea>`}
    </${Field}>
    <div class="field" role="group" aria-labelledby="insert">
      <p class="small" id="insert">${t('insert')}</p>
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
              ${t(`place_${name}`)}
            </button>
          `,
        )}
      </p>
    </div>
  `;
}

function Preview({preview, error, busy, username, change, again}) {
  const [channel, choose] = useState('email');
  const shown = preview?.messages.find(one => one.channel === channel);
  return html`
    <section class="card" aria-busy=${busy ? 'true' : undefined}>
      <h2>${t('preview')}</h2>
      <${Field}
        id="as"
        label=${t('preview_for')}
        hint=${t('preview_for_hint')}
        fault=${faultOf(error, 'username')}
      >
        ${given => html`
          <input
            ...${given}
            value=${username}
            onInput=${event => change(event.target.value)}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        `}
      </${Field}>
      <${Tabs}
        label=${t('channel')}
        value=${channel}
        choose=${choose}
        of=${['email', 'sms'].map(one => ({value: one, name: t(`channel_${one}`)}))}
      />
      ${error && !error.fields?.length && html`<${Trouble} error=${error} again=${again} />`}
      ${
        shown
          ? channel === 'email'
            ? html`
                <div class="mail">
                  <p><strong>${shown.subject}</strong></p>
                  <${Mail} title=${t('preview_mail')} source=${shown.html} />
                </div>
                <details>
                  <summary>${t('as_text')}</summary>
                  <pre class="mail">${shown.text}</pre>
                </details>
              `
            : html`
                <div class="phone"><pre>${shown.text}</pre></div>
                <p class="small">${n('segments', shown.segments)}</p>
              `
          : preview
            ? html`<p class="quiet">${t('preview_none')}</p>`
            : !error && html`<${Skeletons} lines=${4} />`
      }
    </section>
  `;
}

/**
 * What is known of sending it: to how many, by what, how long it takes, and what to mind.
 */
function Sending({preview}) {
  if (!preview) return html`<${Skeletons} lines=${1} />`;
  const {size, email, sms, none, estimated} = preview.audience;
  return html`
    <p>
      ${estimated ? t('about') : ''}${' '}${n('reaches', size - none)}${' '}
      <span class="quiet">
        ${[
          email > 0 && n('by_email', email),
          sms > 0 && n('by_sms', sms),
          none > 0 && n('by_none', none),
        ]
          .filter(Boolean)
          .join(', ')}${size > 0 ? '.' : ''}
      </span>
      ${
        size > none &&
        preview.duration &&
        html`
          ${' '}
          <span class="quiet">
            ${t('takes', {time: span(Math.max(1, seconds(preview.duration)))})}
          </span>
        `
      }
    </p>
    ${
      preview.warnings?.length > 0 &&
      html`
        <div class="note" data-tone="warn">
          ${preview.warnings.map(
            one => html`
              <p key=${one.code ?? one}>
                ${
                  t(`warning_${one.code ?? one}`) ||
                  html`<span lang="en">${one.message ?? one}</span>`
                }
              </p>
            `,
          )}
        </div>
      `
    }
  `;
}

function Form({job, message, sent}) {
  const first = {
    ...message,
    changed: false,
    devices: job.devices,
    lifetime: job.link_lifetime,
    audience: new URLSearchParams(location.search).get('audience') ?? 'pending',
  };
  const [draft, change, forget] = useDraft(`notify:${job.id}`, first);
  const [asked, ask_] = useState(false);
  const [username, look] = useState('');
  const [state, tell] = useState({});
  const key = useRef({});
  const latest = useRef();
  useEffect(() => {
    // Who comes from a list of users comes with an audience, whatever was typed before.
    const audience = new URLSearchParams(location.search).get('audience');
    if (audience) change(before => ({...before, audience}));
  }, []);
  const put = name => value =>
    change(before => ({
      ...before,
      ...(!before.changed && message),
      [name]: value,
      changed: before.changed || ['subject', 'body', 'sms'].includes(name),
    }));
  // What is kept of a text that wasn't changed may be older than the last message.
  const texts = draft.changed ? draft : message;
  const names = named(job.id);
  const who =
    draft.audience === 'named' && names?.length
      ? {usernames: names}
      : {audience: audiences.includes(draft.audience) ? draft.audience : 'pending'};
  // A text that isn't changed isn't sent along: the built-in one reaches everybody in a
  // language of his own.
  const body = {
    ...who,
    ...(draft.changed && {subject: draft.subject, body: draft.body, sms: draft.sms}),
    ...(draft.devices.length < job.devices.length && {devices: draft.devices}),
    ...(draft.lifetime !== job.link_lifetime && {link_lifetime: draft.lifetime}),
  };
  const path = `/api/jobs/${job.id}/notifications`;
  const settled = useSettled({...body, ...(username.trim() && {username: username.trim()})}, 400);
  const preview = async () => {
    tell(before => ({...before, busy: true}));
    const mine = (latest.current = {});
    try {
      const {body: value} = await ask('POST', `${path}/preview`, settled);
      if (latest.current === mine) tell({value});
    } catch (error) {
      if (latest.current === mine) tell(before => ({value: before.value, error}));
    }
  };
  useEffect(() => {
    preview();
  }, [JSON.stringify(settled)]);
  const [test, testing] = useAct(async () => {
    await ask('POST', `${path}/test`, body);
    say(t('test_sent'));
  });
  const fault = field => faultOf(state.error, field) ?? faultOf(testing.error, field);
  const send = async () => {
    const text = JSON.stringify(body);
    if (key.current.text !== text) key.current = {text, value: newKey()};
    const {body: made} = await ask('POST', path, body, {'Idempotency-Key': key.current.value});
    key.current = {};
    forget();
    tab.set(`named:${job.id}`, null);
    ask_(false);
    sent(made);
  };
  const blocked =
    draft.devices.length === 0 ||
    state.error?.fields?.some(({field}) => ['subject', 'body', 'sms'].includes(field));
  return html`
    <div class="split">
      <form class="card" onSubmit=${event => event.preventDefault()}>
        <h2>${t('message')}</h2>
        <${Audience}
          job=${job}
          value=${who.usernames ? 'named' : who.audience}
          change=${put('audience')}
          preview=${state.value}
        />
        <${Texts} texts=${texts} put=${put} fault=${fault} />
        ${
          draft.changed &&
          html`
            <p>
              <button
                type="button"
                class="plain compact"
                onClick=${() => change(before => ({...before, ...message, changed: false}))}
              >
                ${t('undo_text')}
              </button>
            </p>
          `
        }
        <details>
          <summary>${t('options')}</summary>
          <fieldset class="field">
            <legend>${t('devices')}</legend>
            ${job.devices.map(
              name => html`
                <label class="row" key=${name} style=${{fontWeight: 400}}>
                  <input
                    type="checkbox"
                    checked=${draft.devices.includes(name)}
                    onChange=${event =>
                      put('devices')(
                        job.devices.filter(one =>
                          one === name ? event.target.checked : draft.devices.includes(one),
                        ),
                      )}
                  />
                  ${' '}${name}
                </label>
              `,
            )}
            ${draft.devices.length === 0 && html`<p class="fault">${t('devices_none')}</p>`}
          </fieldset>
          <${Lifetime}
            value=${draft.lifetime}
            change=${put('lifetime')}
            fault=${fault('link_lifetime')}
          />
        </details>
        <hr />
        <${Sending} preview=${state.value} />
        <${Problem} error=${besides(testing.error, 'subject', 'body', 'sms', 'link_lifetime')} />
        <div class="row">
          <${Button} disabled=${blocked} onClick=${() => ask_(true)}>${t('send')}</${Button}>
          <${Button} kind="second" busy=${testing.busy} onClick=${test}>${t('test')}</${Button}>
        </div>
      </form>
      <${Preview}
        preview=${state.value}
        error=${state.error}
        busy=${state.busy}
        username=${username}
        change=${look}
        again=${preview}
      />
    </div>
    ${
      asked &&
      html`
        <${Dialog}
          title=${
            state.value
              ? n('send_title', state.value.audience.size - state.value.audience.none)
              : t('send')
          }
          confirm=${t('send')}
          close=${() => ask_(false)}
          act=${send}
        >
          <p>${t('send_text')}</p>
          <${Sending} preview=${state.value} />
        </${Dialog}>
      `
    }
  `;
}

/** What the job's next message says, and the last one that was sent. */
function useMessage(job) {
  const [state, set] = useState({});
  const load = async () => {
    try {
      const [message, last] = await Promise.all([
        get(`/api/jobs/${job.id}/message`),
        job.notifications > 0
          ? get(`/api/jobs/${job.id}/notifications/${job.notifications}`)
          : null,
      ]);
      set({message, last});
    } catch (error) {
      set({error});
    }
  };
  useEffect(() => {
    load();
  }, [job.id]);
  return [
    state,
    load,
    last => set({last, message: {subject: last.subject, body: last.body, sms: last.sms}}),
  ];
}

export function Notify({job, look, lost}) {
  const ready = finished(job);
  const [{message, last, error}, again, sent] = useMessage(job);
  const shown = useRef(null);
  useEffect(() => {
    // A new one begins elsewhere, by a reminder or by somebody else, while this page is
    // open.
    if ((last && job.notifications > last.id) || (!last && message && job.notifications > 0)) {
      again();
    }
  }, [job.notifications]);
  const done = async made => {
    say(t('sending_now'));
    remember(`/api/jobs/${job.id}/notifications/${made.id}`, made);
    sent(made);
    shown.current = true;
    look();
  };
  useEffect(() => {
    if (shown.current && last) document.getElementById(`notification-${last.id}`)?.focus();
    shown.current = null;
  }, [last?.id]);
  return html`
    <${JobPage}
      job=${job}
      title=${t('step_notify')}
      acts=${ready && html`<a class="button second" href=${`/jobs/${job.id}`}>${t('overview')}</a>`}
    >
      <${Steps} job=${job} at="notify" />
      ${lost}
      ${
        !ready
          ? html`
              <div class="empty">
                <p>${t('not_yet_processed')}</p>
                <a class="button" href=${`/jobs/${job.id}/process`}>${t('step_process')}</a>
              </div>
            `
          : error
            ? html`<${Trouble} error=${error} again=${again} />`
            : !message
              ? html`<div class="card"><${Skeletons} /></div>`
              : html`
                  ${
                    last &&
                    html`
                      <section class="card">
                        <h2>${t('last_message')}</h2>
                        <${Notification} key=${last.id} job=${job} id=${last.id} changed=${again} />
                      </section>
                    `
                  }
                  <${Form} key=${last?.id ?? 0} job=${job} message=${message} sent=${done} />
                `
      }
    </${JobPage}>
  `;
}
