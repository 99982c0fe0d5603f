// One user: who that is, how to reach him, what he was sent, and what an administrator
// may do.

import {ask, newKey, number, say, time} from './console.js';
import {Badge, Button, Dialog, Page, Problem, Skeletons, Table, Trouble, t} from './parts.js';
import {nameOf, r, word} from './words.js';
import {html, useAct, useRef, useState, useThing} from './view.js';

const paths = username => `/api/users/${encodeURIComponent(username)}`;

/** Why a message is where it is, in words. */
const why = reason => reason && (t(`reason_${reason}`) || reason);

/** Names with their values: [[name, value]]; what isn't known is left out. */
const Facts = ({of}) => html`
  <dl>
    ${of
      .filter(([, value]) => value != null && value !== '')
      .map(
        ([name, value]) => html`
          <dt key=${name}>${name}</dt>
          <dd>${value}</dd>
        `,
      )}
  </dl>
`;

/** An act on the user: a button that asks first, where there is a question. */
function Act({name, path, done, question, text, kind = 'second'}) {
  const [open, setOpen] = useState(false);
  const key = useRef(); // a second try, after the answer of the first was lost, does nothing twice
  const act = async () => {
    key.current ??= newKey();
    await ask('POST', path, {}, {'Idempotency-Key': key.current});
    key.current = null;
    say(done.said);
    setOpen(false);
    done.look();
  };
  const [run, {busy, error}] = useAct(act);
  if (!question) {
    return html`
      <div>
        <${Button} kind=${kind} busy=${busy} onClick=${run}>${name}</${Button}>
        <${Problem} error=${error} />
      </div>
    `;
  }
  return html`
    <button type="button" class=${kind} onClick=${() => setOpen(true)}>${name}</button>
    ${
      open &&
      html`
        <${Dialog} title=${question} confirm=${name} close=${() => setOpen(false)} act=${act}>
          <p>${text}</p>
        </${Dialog}>
      `
    }
  `;
}

const Devices = ({user, path, look}) => html`
  <section class="card" aria-labelledby="devices">
    <h2 id="devices">${r('devices')}</h2>
    ${
      user.devices.length === 0
        ? html`<p class="quiet">${r('devices_none')}</p>`
        : html`
            <${Table}
              caption=${r('devices')}
              items=${user.devices}
              id=${device => device.name}
              columns=${[
                {name: r('device'), head: true, cell: device => device.name},
                {name: r('address'), cell: device => device.address},
                {
                  name: r('state'),
                  cell: device => html`
                    <span class="row">
                      ${
                        device.state === 'undeliverable'
                          ? html`
                              <span class="badge" data-tone="bad">
                                ${r('device_undeliverable')}
                              </span>
                            `
                          : device.status === 'INACTIVE'
                            ? html`<span class="badge">${r('device_off')}</span>`
                            : html`<span class="badge" data-tone="good">${r('device_ok')}</span>`
                      }
                      ${
                        device.state === 'undeliverable' &&
                        html`
                          ${device.reason && html`<span class="small">${why(device.reason)}</span>`}
                          <${Act}
                            kind="second compact"
                            name=${r('clear')}
                            path=${`${path}/devices/${encodeURIComponent(device.name)}/clear`}
                            done=${{said: r('cleared', {device: device.name}), look}}
                            question=${r('clear_title', {device: device.name})}
                            text=${r('clear_text')}
                          />
                        `
                      }
                    </span>
                  `,
                },
              ]}
            />
          `
    }
  </section>
`;

const Deliveries = ({user}) => html`
  <section class="card" aria-labelledby="deliveries">
    <h2 id="deliveries">${r('deliveries')}</h2>
    ${
      user.deliveries.length === 0
        ? html`<p class="quiet">${r('deliveries_none')}</p>`
        : html`
            <${Table}
              caption=${r('deliveries')}
              items=${user.deliveries}
              columns=${[
                {
                  name: r('message'),
                  head: true,
                  cell: one =>
                    one.job
                      ? html`<a href=${`/jobs/${one.job}`}>${word('kind', one.kind)}</a>`
                      : word('kind', one.kind),
                },
                {name: r('device'), cell: one => one.device ?? '–'},
                {
                  name: r('delivery'),
                  cell: one => html`
                    <span class="row">
                      <${Badge} kind="delivery" of=${one.state} />
                      ${one.reason && html`<span class="small">${why(one.reason)}</span>`}
                    </span>
                  `,
                },
                {
                  name: r('at'),
                  cell: one => html`<span class="nowrap">${time(one.at)}</span>`,
                },
              ]}
            />
          `
    }
  </section>
`;

const Jobs = ({user}) => html`
  <section class="card" aria-labelledby="jobs">
    <h2 id="jobs">${r('jobs')}</h2>
    ${
      user.jobs.length === 0
        ? html`<p class="quiet">${r('jobs_none')}</p>`
        : html`
            <${Table}
              caption=${r('jobs')}
              items=${user.jobs}
              id=${job => job.id}
              columns=${[
                {
                  name: r('job'),
                  head: true,
                  cell: job => html`<a href=${`/jobs/${job.id}`}>${job.name}</a>`,
                },
                {name: r('row'), num: true, cell: job => number(job.row)},
                {
                  name: r('outcome'),
                  cell: job => html`<${Badge} kind="outcome" of=${job.outcome} />`,
                },
                {
                  name: r('at'),
                  cell: job => html`<span class="nowrap">${time(job.at)}</span>`,
                },
              ]}
            />
          `
    }
  </section>
`;

export function User({username}) {
  const path = paths(username);
  const {value: user, error, look} = useThing(path, () => 4_000);
  const crumb = html`<a href="/users">${r('users')}</a>`;
  if (!user) {
    return html`
      <${Page} title=${r('user')} name=${username} crumb=${crumb}>
        ${
          error
            ? html`<${Trouble} error=${error} again=${look} />`
            : html`<div class="card"><${Skeletons} /></div>`
        }
      </${Page}>
    `;
  }
  const sent = user.state !== 'inactive' && user.state !== 'removed';
  return html`
    <${Page}
      title=${r('user')}
      name=${nameOf(user) || user.username}
      crumb=${crumb}
      under=${html`
        <${Badge} kind="state" of=${user.state} />
        ${' '}
        <span>${user.username}</span>
      `}
      acts=${html`
        ${
          sent &&
          html`
            <${Act}
              kind=""
              name=${r('resend')}
              path=${`${path}/notifications`}
              done=${{said: r('resent'), look}}
              question=${r('resend_title', {username: user.username})}
              text=${user.state === 'active' ? r('resend_text_active') : r('resend_text')}
            />
          `
        }
        <${Act}
          name=${r('end_sessions')}
          path=${`${path}/sign-out`}
          done=${{said: r('sessions_ended'), look}}
          question=${r('end_sessions_title', {username: user.username})}
          text=${r('end_sessions_text')}
        />
      `}
    >
      ${
        error &&
        html`
          <p class="note" data-tone="warn" role="status">
            ${error.status === 404 ? r('user_gone') : t('lost')}
          </p>
        `
      }
      ${
        user.locked_until &&
        html`
          <div class="note row between" data-tone="warn">
            <p>${r('locked', {until: time(user.locked_until)})}</p>
            <${Act}
              kind="second compact"
              name=${r('unlock')}
              path=${`${path}/unlock`}
              done=${{said: r('unlocked'), look}}
            />
          </div>
        `
      }
      <div class="cards wide">
        <div>
          <${Devices} user=${user} path=${path} look=${look} />
          <${Deliveries} user=${user} />
          <${Jobs} user=${user} />
        </div>
        <section class="card" aria-labelledby="profile">
          <h2 id="profile">${r('profile')}</h2>
          <${Facts}
            of=${[
              [r('username'), user.username],
              [r('name'), nameOf(user)],
              [r('roles'), user.roles.join(', ') || r('roles_none')],
              [r('state'), t(`state_${user.state}`)],
              [r('activated_at'), user.activated_at && time(user.activated_at)],
              [r('link_sent'), user.link && time(user.link.sent_at)],
              [r('link_until'), user.link && time(user.link.expires_at)],
              [r('language'), user.language],
              [r('time_zone'), user.time_zone],
              ...Object.entries(user.fields),
            ]}
          />
          <p class="small">
            <a href=${`/audit?username=${encodeURIComponent(user.username)}`}>${r('see_audit')}</a>
          </p>
        </section>
      </div>
    </${Page}>
  `;
}
