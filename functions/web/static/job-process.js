// The third step: the rows become users. A finished job opens here.

import {ask, number, percent, span, time} from './console.js';
import {
  Button,
  Figures,
  JobPage,
  Problem,
  Progress,
  Steps,
  UsersBar,
  finished,
  n,
  t,
} from './parts.js';
import {html, useAct, useRef} from './view.js';

/**
 * How long work will still take, in words, by how fast it went since it was first seen.
 */
export function useRest(done, whole) {
  const first = useRef(null);
  if (first.current === null || done < first.current.done) first.current = {done, at: Date.now()};
  const gone = done - first.current.done;
  const took = (Date.now() - first.current.at) / 1000;
  return gone > 0 && took > 1 ? t('left', {time: span(((whole - done) * took) / gone)}) : '';
}

function Working({job}) {
  const {processed, valid} = job.rows;
  const rest = useRest(processed ?? 0, valid);
  return html`
    <section class="card">
      <h2>${t('processing')}</h2>
      <${Progress}
        value=${processed ?? 0}
        whole=${valid}
        label=${n('processed_of', processed ?? 0, {whole: number(valid)})}
        text=${rest}
      />
      <p class="small">${t('may_leave')}</p>
    </section>
  `;
}

export function Process({job, look, lost}) {
  const {status, rows, users} = job;
  const [run, {busy, error}] = useAct(async () => {
    await ask('POST', `/api/jobs/${job.id}/process`, {});
    await look();
  });
  const over = finished(job);
  return html`
    <${JobPage}
      job=${job}
      title=${t('step_process')}
      acts=${over && html`<a class="button second" href=${`/jobs/${job.id}`}>${t('overview')}</a>`}
    >
      <${Steps} job=${job} at="process" />
      ${lost}
      ${
        status === 'validated' &&
        html`
          <section class="card">
            <p>${n('go_on', rows.valid)}</p>
            <${Problem} error=${error} />
            <div class="row">
              <a class="button second" href=${`/jobs/${job.id}/validate`}>${t('back')}</a>
              <${Button} busy=${busy} onClick=${run}>${n('process_rows', rows.valid)}</${Button}>
            </div>
          </section>
        `
      }
      ${
        rows.total == null &&
        html`
          <div class="empty">
            <p>${t('not_yet_read')}</p>
            <a class="button" href=${`/jobs/${job.id}/validate`}>${t('step_validate')}</a>
          </div>
        `
      }
      ${status === 'processing' && html`<${Working} job=${job} />`}
      ${
        status === 'failed' &&
        html`
          <div class="note" data-tone="warn">
            <p>${n('failed_rows', rows.failed)}</p>
            <${Problem} error=${error} />
            <div class="row">
              <${Button} kind="second compact" busy=${busy} onClick=${run}>
                ${t('try_failed')}
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
              t(`outcome_${one}`),
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
            <h2>${t('who_acted')}</h2>
            ${
              users.total > 0
                ? html`
                    <p>
                      ${n('active_of', users.active, {
                        total: number(users.total),
                        percent: percent(users.active, users.total),
                      })}
                    </p>
                    <${UsersBar} users=${users} />
                  `
                : html`<p>${t('no_users')}</p>`
            }
            <p class="small">${t('finished', {at: time(job.finished_at)})}</p>
          </section>
          <div class="row">
            <a class="button" href=${`/jobs/${job.id}/notify`}>${t('continue_notify')}</a>
            ${
              rows.invalid > 0 &&
              html`
                <a class="button second" href=${`/jobs/${job.id}/validate`}>
                  ${n('see_invalid', rows.invalid)}
                </a>
              `
            }
          </div>
        `
      }
    </${JobPage}>
  `;
}
