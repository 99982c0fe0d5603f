// The fourth step: the message and its audience. Nothing is sent before Send Message,
// and that sends once.

import {ask, get, newKey} from '../api.js';
import {number, seconds, span} from '../formats.js';
import {remember, useAction, useDraft, useSettled} from '../hooks.js';
import {
  Button,
  Dialog,
  Field,
  Problem,
  Tabs,
  Trouble,
  besides,
  faultOf,
} from '../parts/controls.js';
import {Lifetime} from '../parts/delivery.js';
import {asGiven} from '../parts/figures.js';
import {JobPage, Steps, finished, named, pendingAudiences, setNamed} from '../parts/job.js';
import {Mail} from '../parts/mail.js';
import {Texts, textFields, textsOf} from '../parts/message-fields.js';
import {Notification} from '../parts/notification.js';
import {Skeletons} from '../parts/page.js';
import {say} from '../parts/toast.js';
import {counted, textOf} from '../texts.js';
import {html, useEffect, useRef, useState} from '../view.js';

const audiences = [...pendingAudiences, 'everyone'];

/** How many an audience is, as far as the job tells. */
const sizes = users => ({
  pending: users.pending,
  expired: users.expired,
  everyone: users.active + users.pending,
});

/** The first few of the users who were picked. */
const Some = ({names}) => html`
  ${names.slice(0, 5).map((name, i) => [i > 0 && ', ', asGiven(name)])}${names.length > 5 && ' …'}
`;

function Audience({job, value, change, preview}) {
  const known = sizes(job.users);
  const names = named(job.id);
  const all = [...audiences, ...(names?.length ? ['named'] : [])];
  return html`
    <fieldset class="field">
      <legend>${textOf('jobs.to_whom')}</legend>
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
                <b>
                  ${
                    one === 'named'
                      ? counted('jobs.named', names.length)
                      : textOf(`jobs.audience_${one}`)
                  }
                </b>
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
                      ? html`<${Some} names=${names} />`
                      : textOf(`jobs.audience_${one}_hint`)
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

function Preview({preview, error, busy, username, change, again}) {
  const [channel, setChannel] = useState('email');
  const shown = preview?.messages.find(one => one.channel === channel);
  return html`
    <section class="card" aria-busy=${busy ? 'true' : undefined}>
      <h2>${textOf('jobs.preview')}</h2>
      <${Field}
        id="as"
        label=${textOf('jobs.preview_for')}
        hint=${textOf('jobs.preview_for_hint')}
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
        label=${textOf('jobs.channel')}
        value=${channel}
        choose=${setChannel}
        of=${['email', 'sms'].map(one => ({value: one, name: textOf(`jobs.channel_${one}`)}))}
      />
      ${error && !error.fields?.length && html`<${Trouble} error=${error} again=${again} />`}
      ${
        shown
          ? channel === 'email'
            ? html`
                <div class="mail">
                  <p><strong>${shown.subject}</strong></p>
                  <${Mail} title=${textOf('jobs.preview_mail')} source=${shown.html} />
                </div>
                <details>
                  <summary>${textOf('jobs.as_text')}</summary>
                  <pre class="mail">${shown.text}</pre>
                </details>
              `
            : html`
                <div class="phone"><pre>${shown.text}</pre></div>
                <p class="small">${counted('jobs.segments', shown.segments)}</p>
              `
          : preview
            ? html`<p class="quiet">${textOf('jobs.preview_none')}</p>`
            : !error && html`<${Skeletons} lines=${4} />`
      }
    </section>
  `;
}

/** What is known of sending the message: to how many, by what, how long, warnings. */
function Sending({preview}) {
  if (!preview) return html`<${Skeletons} lines=${1} />`;
  const {size, email, sms, none, estimated} = preview.audience;
  return html`
    <p>
      ${estimated ? textOf('jobs.about') : ''}${' '}${counted('jobs.reaches', size - none)}${' '}
      <span class="quiet">
        ${[
          email > 0 && counted('jobs.by_email', email),
          sms > 0 && counted('jobs.by_sms', sms),
          none > 0 && counted('jobs.by_none', none),
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
            ${textOf('jobs.takes', {time: span(Math.max(1, seconds(preview.duration)))})}
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
                  textOf(`jobs.warning_${one.code ?? one}`) ||
                  html`<span lang="en" dir="ltr">${one.message ?? one}</span>`
                }
              </p>
            `,
          )}
        </div>
      `
    }
  `;
}

/** Whom the message is for: named users, or an audience. */
function whomOf(draft, names) {
  if (draft.audience === 'named' && names?.length) return {usernames: names};
  return {audience: audiences.includes(draft.audience) ? draft.audience : 'pending'};
}

/**
 * What is sent to the API. A text that isn't changed isn't sent along: the built-in one
 * reaches all users in their own language.
 */
const bodyOf = (job, draft) => ({
  ...whomOf(draft, named(job.id)),
  ...(draft.changed && textsOf(draft)),
  ...(draft.devices.length < job.devices.length && {devices: draft.devices}),
  ...(draft.lifetime !== job.link_lifetime && {link_lifetime: draft.lifetime}),
});

/** The preview of a message as it is typed: [{value, error, busy}, load]. */
function usePreview(path, body) {
  const [state, setState] = useState({});
  const latest = useRef();
  const settled = useSettled(body, 400);
  const load = async () => {
    const mine = {};
    latest.current = mine;
    setState(before => ({...before, busy: true}));
    try {
      const {body: value} = await ask('POST', `${path}/preview`, settled);
      if (latest.current === mine) setState({value});
    } catch (error) {
      if (latest.current === mine) setState(before => ({value: before.value, error}));
    }
  };
  useEffect(() => {
    load();
  }, [JSON.stringify(settled)]);
  return [state, load];
}

/** The message as it is typed: [draft, {put, undo, forget}]. */
function useMessageDraft(job, message) {
  const asked = new URLSearchParams(location.search).get('audience');
  const [draft, setDraft, forgetDraft] = useDraft(`notify:${job.id}`, {
    ...message,
    changed: false,
    devices: job.devices,
    lifetime: job.link_lifetime,
    audience: asked ?? 'pending',
  });
  useEffect(() => {
    // Coming from a list of users brings an audience, whatever was typed before.
    if (asked) setDraft(before => ({...before, audience: asked}));
  }, []);
  const put = name => value =>
    setDraft(before => ({
      ...before,
      ...(!before.changed && message),
      [name]: value,
      changed: before.changed || textFields.includes(name),
    }));
  const undo = () => setDraft(before => ({...before, ...message, changed: false}));
  return [draft, {put, undo, forget: forgetDraft}];
}

function Form({job, message, sent}) {
  const [draft, {put, undo, forget}] = useMessageDraft(job, message);
  const [asked, setAsked] = useState(false);
  const [username, setUsername] = useState('');
  const key = useRef({});
  const path = `/api/jobs/${job.id}/notifications`;
  const body = bodyOf(job, draft);
  const as = username.trim();
  const [preview, loadPreview] = usePreview(path, {...body, ...(as && {username: as})});
  const [test, testing] = useAction(async () => {
    await ask('POST', `${path}/test`, body);
    say(textOf('jobs.test_sent'));
  });
  const send = async () => {
    const text = JSON.stringify(body);
    if (key.current.text !== text) key.current = {text, value: newKey()};
    const {body: made} = await ask('POST', path, body, {'Idempotency-Key': key.current.value});
    key.current = {};
    forget();
    setNamed(job.id, null);
    setAsked(false);
    sent(made);
  };
  // What is stored of a text that wasn't changed may be older than the last message.
  const texts = draft.changed ? draft : message;
  const fault = field => faultOf(preview.error, field) ?? faultOf(testing.error, field);
  const isWrong = preview.error?.fields?.some(({field}) => textFields.includes(field));
  return html`
    <div class="split">
      <form class="card" onSubmit=${event => event.preventDefault()}>
        <h2>${textOf('jobs.message')}</h2>
        <${Audience}
          job=${job}
          value=${body.usernames ? 'named' : body.audience}
          change=${put('audience')}
          preview=${preview.value}
        />
        <${Texts} texts=${texts} put=${put} fault=${fault} />
        ${
          draft.changed &&
          html`
            <p>
              <button type="button" class="plain compact" onClick=${undo}>
                ${textOf('jobs.undo_text')}
              </button>
            </p>
          `
        }
        <${Options} job=${job} draft=${draft} put=${put} fault=${fault} />
        <hr />
        <${Sending} preview=${preview.value} />
        <${Problem} error=${besides(testing.error, ...textFields, 'link_lifetime')} />
        <div class="row">
          <${Button}
            disabled=${draft.devices.length === 0 || isWrong}
            onClick=${() => setAsked(true)}
          >
            ${textOf('jobs.send')}
          </${Button}>
          <${Button} kind="second" busy=${testing.busy} onClick=${test}>
            ${textOf('jobs.test')}
          </${Button}>
        </div>
      </form>
      <${Preview}
        preview=${preview.value}
        error=${preview.error}
        busy=${preview.busy}
        username=${username}
        change=${setUsername}
        again=${loadPreview}
      />
    </div>
    ${
      asked &&
      html`<${Confirm} preview=${preview.value} close=${() => setAsked(false)} send=${send} />`
    }
  `;
}

/** The devices that may be used, among the job's, and how long the link works. */
function Options({job, draft, put, fault}) {
  const choose = (name, chosen) => {
    const isChosen = one => (one === name ? chosen : draft.devices.includes(one));
    put('devices')(job.devices.filter(isChosen));
  };
  return html`
    <details>
      <summary>${textOf('jobs.options')}</summary>
      <fieldset class="field">
        <legend>${textOf('jobs.devices')}</legend>
        ${job.devices.map(
          name => html`
            <label class="row" key=${name} style=${{fontWeight: 400}}>
              <input
                type="checkbox"
                checked=${draft.devices.includes(name)}
                onChange=${event => choose(name, event.target.checked)}
              />
              ${' '}${name}
            </label>
          `,
        )}
        ${draft.devices.length === 0 && html`<p class="fault">${textOf('jobs.devices_none')}</p>`}
      </fieldset>
      <${Lifetime}
        value=${draft.lifetime}
        change=${put('lifetime')}
        fault=${fault('link_lifetime')}
      />
    </details>
  `;
}

/** The question before a message is sent: to how many. */
function Confirm({preview, close, send}) {
  const title = preview
    ? counted('jobs.send_title', preview.audience.size - preview.audience.none)
    : textOf('jobs.send');
  return html`
    <${Dialog} title=${title} confirm=${textOf('jobs.send')} close=${close} act=${send}>
      <p>${textOf('jobs.send_text')}</p>
      <${Sending} preview=${preview} />
    </${Dialog}>
  `;
}

/** What the job's next message says, and the last one that was sent. */
function useMessage(job) {
  const [state, setState] = useState({});
  const load = async () => {
    try {
      const [message, last] = await Promise.all([
        get(`/api/jobs/${job.id}/message`),
        job.notifications > 0
          ? get(`/api/jobs/${job.id}/notifications/${job.notifications}`)
          : null,
      ]);
      setState({message, last});
    } catch (error) {
      setState({error});
    }
  };
  useEffect(() => {
    load();
  }, [job.id]);
  return [state, load, last => setState({last, message: textsOf(last)})];
}

export function Notify({job, reload, lost}) {
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
    say(textOf('jobs.sending_now'));
    remember(`/api/jobs/${job.id}/notifications/${made.id}`, made);
    sent(made);
    shown.current = true;
    reload();
  };
  useEffect(() => {
    if (shown.current && last) document.getElementById(`notification-${last.id}`)?.focus();
    shown.current = null;
  }, [last?.id]);
  return html`
    <${JobPage}
      job=${job}
      title=${textOf('jobs.step_notify')}
      acts=${
        ready &&
        html`<a class="button second" href=${`/jobs/${job.id}`}>${textOf('jobs.overview')}</a>`
      }
    >
      <${Steps} job=${job} at="notify" />
      ${lost}
      ${
        !ready
          ? html`
              <div class="empty">
                <p>${textOf('jobs.not_yet_processed')}</p>
                <a class="button" href=${`/jobs/${job.id}/process`}>
                  ${textOf('jobs.step_process')}
                </a>
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
                        <h2>${textOf('jobs.last_message')}</h2>
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
