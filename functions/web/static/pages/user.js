// One user: their profile and devices, what they were sent, what an administrator may do.

import {ask, newKey} from '../api.js';
import {number, time, timeZone} from '../formats.js';
import {useAction, useThing} from '../hooks.js';
import {Button, Dialog, Problem, Trouble} from '../parts/controls.js';
import {Badge, asGiven} from '../parts/figures.js';
import {reasonOf} from '../parts/job.js';
import {Page, Skeletons} from '../parts/page.js';
import {nameOf, wordOf} from '../parts/records.js';
import {Table} from '../parts/table.js';
import {say} from '../parts/toast.js';
import {textOf} from '../texts.js';
import {html, useRef, useState} from '../view.js';

const paths = username => `/api/users/${encodeURIComponent(username)}`;

/** Names with their values: [[name, value]]; what isn't known is left out. */
const Facts = ({of}) => html`
  <dl>
    ${of
      .filter(([, value]) => value != null && value !== '')
      .map(
        ([name, value]) => html`
          <dt key=${name}>${name}</dt>
          <dd>${asGiven(value)}</dd>
        `,
      )}
  </dl>
`;

/** An act on the user: a button that asks first, where there is a question. */
function Act({name, path, done, question, text, kind = 'second'}) {
  const [open, setOpen] = useState(false);
  // A second try, after the answer of the first was lost, does nothing twice.
  const key = useRef();
  const act = async () => {
    key.current ??= newKey();
    await ask('POST', path, {}, {'Idempotency-Key': key.current});
    key.current = null;
    say(done.said);
    setOpen(false);
    done.reload();
  };
  const [run, {busy, error}] = useAction(act);
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

const Devices = ({user, path, reload}) => html`
  <section class="card" aria-labelledby="devices">
    <h2 id="devices">${textOf('records.devices')}</h2>
    ${
      user.devices.length === 0
        ? html`<p class="quiet">${textOf('records.devices_none')}</p>`
        : html`
            <${Table}
              caption=${textOf('records.devices')}
              items=${user.devices}
              id=${device => device.name}
              columns=${[
                {name: textOf('records.device'), head: true, cell: device => device.name},
                {name: textOf('records.address'), cell: device => asGiven(device.address)},
                {
                  name: textOf('records.state'),
                  cell: device => html`
                    <span class="row">
                      ${
                        device.state === 'undeliverable'
                          ? html`
                              <span class="badge" data-tone="bad">
                                ${textOf('records.device_undeliverable')}
                              </span>
                            `
                          : device.status === 'INACTIVE'
                            ? html`<span class="badge">${textOf('records.device_off')}</span>`
                            : html`
                                <span class="badge" data-tone="good">
                                  ${textOf('records.device_ok')}
                                </span>
                              `
                      }
                      ${
                        device.state === 'undeliverable' &&
                        html`
                          ${
                            device.reason &&
                            html`<span class="small">${reasonOf(device.reason)}</span>`
                          }
                          <${Act}
                            kind="second compact"
                            name=${textOf('records.clear')}
                            path=${`${path}/devices/${encodeURIComponent(device.name)}/clear`}
                            done=${{said: textOf('records.cleared', {device: device.name}), reload}}
                            question=${textOf('records.clear_title', {device: device.name})}
                            text=${textOf('records.clear_text')}
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
    <h2 id="deliveries">${textOf('records.deliveries')}</h2>
    ${
      user.deliveries.length === 0
        ? html`<p class="quiet">${textOf('records.deliveries_none')}</p>`
        : html`
            <${Table}
              caption=${textOf('records.deliveries')}
              items=${user.deliveries}
              columns=${[
                {
                  name: textOf('records.message'),
                  head: true,
                  cell: one =>
                    one.job
                      ? html`<a href=${`/jobs/${one.job}`}>${wordOf('kind', one.kind)}</a>`
                      : wordOf('kind', one.kind),
                },
                {name: textOf('records.device'), cell: one => one.device ?? '–'},
                {
                  name: textOf('records.delivery'),
                  cell: one => html`
                    <span class="row">
                      <${Badge} kind="delivery" of=${one.state} />
                      ${one.reason && html`<span class="small">${reasonOf(one.reason)}</span>`}
                    </span>
                  `,
                },
                {
                  name: textOf('records.at'),
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
    <h2 id="jobs">${textOf('records.jobs')}</h2>
    ${
      user.jobs.length === 0
        ? html`<p class="quiet">${textOf('records.jobs_none')}</p>`
        : html`
            <${Table}
              caption=${textOf('records.jobs')}
              items=${user.jobs}
              id=${job => job.id}
              columns=${[
                {
                  name: textOf('records.job'),
                  head: true,
                  cell: job => html`<a dir="auto" href=${`/jobs/${job.id}`}>${job.name}</a>`,
                },
                {name: textOf('records.row'), num: true, cell: job => number(job.row)},
                {
                  name: textOf('records.outcome'),
                  cell: job => html`<${Badge} kind="outcome" of=${job.outcome} />`,
                },
                {
                  name: textOf('records.at'),
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
  const {value: user, error, reload} = useThing(path, () => 4_000);
  const crumb = html`<a href="/users">${textOf('records.users')}</a>`;
  if (!user) {
    return html`
      <${Page} title=${textOf('records.user')} name=${username} crumb=${crumb}>
        ${
          error
            ? html`<${Trouble} error=${error} again=${reload} />`
            : html`<div class="card"><${Skeletons} /></div>`
        }
      </${Page}>
    `;
  }
  const sent = user.state !== 'inactive' && user.state !== 'removed';
  return html`
    <${Page}
      title=${textOf('records.user')}
      name=${nameOf(user) || user.username}
      crumb=${crumb}
      under=${html`
        <${Badge} kind="state" of=${user.state} />
        ${' '}
        ${asGiven(user.username)}
      `}
      acts=${html`
        ${
          sent &&
          html`
            <${Act}
              kind=""
              name=${textOf('records.resend')}
              path=${`${path}/notifications`}
              done=${{said: textOf('records.resent'), reload}}
              question=${textOf('records.resend_title', {username: user.username})}
              text=${
                user.state === 'active'
                  ? textOf('records.resend_text_active')
                  : textOf('records.resend_text')
              }
            />
          `
        }
        <${Act}
          name=${textOf('records.end_sessions')}
          path=${`${path}/sign-out`}
          done=${{said: textOf('records.sessions_ended'), reload}}
          question=${textOf('records.end_sessions_title', {username: user.username})}
          text=${textOf('records.end_sessions_text')}
        />
      `}
    >
      ${
        error &&
        html`
          <p class="note" data-tone="warn" role="status">
            ${error.status === 404 ? textOf('records.user_gone') : textOf('jobs.lost')}
          </p>
        `
      }
      ${
        user.locked_until &&
        html`
          <div class="note row between" data-tone="warn">
            <p>${textOf('records.locked', {until: time(user.locked_until)})}</p>
            <${Act}
              kind="second compact"
              name=${textOf('records.unlock')}
              path=${`${path}/unlock`}
              done=${{said: textOf('records.unlocked'), reload}}
            />
          </div>
        `
      }
      <div class="cards wide">
        <div>
          <${Devices} user=${user} path=${path} reload=${reload} />
          <${Deliveries} user=${user} />
          <${Jobs} user=${user} />
        </div>
        <section class="card" aria-labelledby="profile">
          <h2 id="profile">${textOf('records.profile')}</h2>
          <${Facts}
            of=${[
              [textOf('records.username'), user.username],
              [textOf('records.name'), nameOf(user)],
              [textOf('records.roles'), user.roles.join(', ') || textOf('records.roles_none')],
              [textOf('records.state'), textOf(`jobs.state_${user.state}`)],
              [textOf('records.activated_at'), user.activated_at && time(user.activated_at)],
              [textOf('records.link_sent'), user.link && time(user.link.sent_at)],
              [textOf('records.link_until'), user.link && time(user.link.expires_at)],
              [textOf('records.language'), user.language],
              [textOf('records.time_zone'), timeZone(user.time_zone)],
              ...Object.entries(user.fields),
            ]}
          />
          <p class="small">
            <a href=${`/audit?username=${encodeURIComponent(user.username)}`}>
              ${textOf('records.see_audit')}
            </a>
          </p>
        </section>
      </div>
    </${Page}>
  `;
}
