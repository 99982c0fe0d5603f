// A job as a whole: how many users have acted, over time; what was sent; its
// reminders and members.

import {ask} from '../api.js';
import {number, percent, time} from '../formats.js';
import {Chart} from '../parts/chart.js';
import {Button, Dialog} from '../parts/controls.js';
import {UsersBar} from '../parts/figures.js';
import {JobPage, Steps, finished, opens, stepOf} from '../parts/job.js';
import {Members} from '../parts/members.js';
import {Notification} from '../parts/notification.js';
import {Reminders} from '../parts/reminders.js';
import {say} from '../parts/toast.js';
import {go} from '../router.js';
import {counted, textOf} from '../texts.js';
import {html, useState} from '../view.js';

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
