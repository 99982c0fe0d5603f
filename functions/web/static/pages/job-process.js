// The third step: the rows become users. A finished job opens here.

import {ask} from '../api.js';
import {number, percent, time} from '../formats.js';
import {useAction} from '../hooks.js';
import {Button, Problem} from '../parts/controls.js';
import {Figures, Progress, UsersBar} from '../parts/figures.js';
import {JobPage, Steps, finished, useRest} from '../parts/job.js';
import {counted, textOf} from '../texts.js';
import {html} from '../view.js';

function Working({job}) {
  const {processed, valid} = job.rows;
  const rest = useRest(processed ?? 0, valid);
  return html`
    <section class="card">
      <h2>${textOf('jobs.processing')}</h2>
      <${Progress}
        value=${processed ?? 0}
        whole=${valid}
        label=${counted('jobs.processed_of', processed ?? 0, {whole: number(valid)})}
        text=${rest}
      />
      <p class="small">${textOf('jobs.may_leave')}</p>
    </section>
  `;
}

export function Process({job, reload, lost}) {
  const {status, rows, users} = job;
  const [run, {busy, error}] = useAction(async () => {
    await ask('POST', `/api/jobs/${job.id}/process`, {});
    await reload();
  });
  const over = finished(job);
  return html`
    <${JobPage}
      job=${job}
      title=${textOf('jobs.step_process')}
      acts=${
        over &&
        html`<a class="button second" href=${`/jobs/${job.id}`}>${textOf('jobs.overview')}</a>`
      }
    >
      <${Steps} job=${job} at="process" />
      ${lost}
      ${
        status === 'validated' &&
        html`
          <section class="card">
            <p>${counted('jobs.go_on', rows.valid)}</p>
            <${Problem} error=${error} />
            <div class="row">
              <a class="button second" href=${`/jobs/${job.id}/validate`}>${textOf('jobs.back')}</a>
              <${Button} busy=${busy} onClick=${run}>
                ${counted('jobs.process_rows', rows.valid)}
              </${Button}>
            </div>
          </section>
        `
      }
      ${
        rows.total == null &&
        html`
          <div class="empty">
            <p>${textOf('jobs.not_yet_read')}</p>
            <a class="button" href=${`/jobs/${job.id}/validate`}>${textOf('jobs.step_validate')}</a>
          </div>
        `
      }
      ${status === 'processing' && html`<${Working} job=${job} />`}
      ${
        status === 'failed' &&
        html`
          <div class="note" data-tone="warn">
            <p>${counted('jobs.failed_rows', rows.failed)}</p>
            <${Problem} error=${error} />
            <div class="row">
              <${Button} kind="second compact" busy=${busy} onClick=${run}>
                ${textOf('jobs.try_failed')}
              </${Button}>
            </div>
          </div>
        `
      }
      ${
        rows.processed != null &&
        html`
          <${Figures}
            of=${['added', 'updated', 'unchanged', 'removed', 'failed'].map(one => [
              textOf(`jobs.outcome_${one}`),
              rows[one],
            ])}
          />
        `
      }
      ${
        over &&
        users &&
        html`
          <section class="card">
            <h2>${textOf('jobs.who_acted')}</h2>
            ${
              users.total > 0
                ? html`
                    <p>
                      ${counted('jobs.active_of', users.active, {
                        total: number(users.total),
                        percent: percent(users.active, users.total),
                      })}
                    </p>
                    <${UsersBar} users=${users} />
                  `
                : html`<p>${textOf('jobs.no_users')}</p>`
            }
            <p class="small">${textOf('jobs.finished', {at: time(job.finished_at)})}</p>
          </section>
          <div class="row">
            <a class="button" href=${`/jobs/${job.id}/notify`}>${textOf('jobs.continue_notify')}</a>
            ${
              rows.invalid > 0 &&
              html`
                <a class="button second" href=${`/jobs/${job.id}/validate`}>
                  ${counted('jobs.see_invalid', rows.invalid)}
                </a>
              `
            }
          </div>
        `
      }
    </${JobPage}>
  `;
}
