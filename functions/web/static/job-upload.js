// The first step of a job that is there: its file on the way, waited for, or come.

import {ask, seconds, span, tab, time} from './console.js';
import {Button, Dialog, JobPage, Progress, Steps, stepOf, t} from './parts.js';
import {Drop, bytes, faultOfFile} from './job-new.js';
import {go, html, useEffect, useState} from './view.js';
import {arrived, placeOf, transfer, transferOf} from './transfer.js';

/** The transfer of a job's file, as it is now. */
function useTransfer(id) {
  const [, draw] = useState(0);
  useEffect(() => {
    const changed = () => draw(count => count + 1);
    addEventListener('transferred', changed);
    return () => removeEventListener('transferred', changed);
  }, []);
  return transferOf(id);
}

/** Takes a job back, and goes to a new one that has its settings. */
export function StartOver({job, kind = 'second', children}) {
  const [asked, ask_] = useState(false);
  return html`
    <${Button} kind=${kind} onClick=${() => ask_(true)}>${children ?? t('start_over')}</${Button}>
    ${
      asked &&
      html`
        <${Dialog}
          title=${t('start_over_title')}
          confirm=${t('start_over')}
          close=${() => ask_(false)}
          act=${async () => {
            await ask('DELETE', `/api/jobs/${job.id}`, {});
            tab.set('new-job', {
              name: job.name,
              devices: job.devices,
              lifetime: job.link_lifetime,
              report: '',
            });
            go('/jobs/new');
          }}
        >
          <p>${t('start_over_text', {name: job.name})}</p>
        </${Dialog}>
      `
    }
  `;
}

function Waiting({job}) {
  const going = useTransfer(job.id);
  const [fault, blame] = useState();
  const place = placeOf(job.id);
  if (going?.state === 'going' || going?.state === 'done') {
    const {loaded, total, since, state} = going;
    const rest = ((Date.now() - since) * (total - loaded)) / Math.max(loaded, 1) / 1000;
    return html`
      <${Progress}
        value=${loaded}
        whole=${total}
        label=${state === 'done' ? t('uploaded') : t('uploading')}
        text=${
          state === 'done'
            ? t('waiting_read')
            : loaded > 0
              ? t('left', {time: span(rest)})
              : bytes(total)
        }
      />
    `;
  }
  return html`
    ${
      going?.state === 'broken' &&
      html`<div role="alert" class="problem"><p>${t('upload_broken')}</p></div>`
    }
    ${
      place
        ? html`
            <p>${t('upload_again', {until: time(place.expires_at)})}</p>
            <${Drop}
              fault=${fault}
              choose=${file => {
                const wrong =
                  faultOfFile(file) ??
                  (file.name === job.file_name
                    ? undefined
                    : t('file_other', {name: job.file_name}));
                blame(wrong);
                if (!wrong) transfer(job.id, place, file);
              }}
            />
          `
        : html`<p>${t('upload_elsewhere')}</p>`
    }
    <div class="row"><${StartOver} job=${job} /></div>
  `;
}

export function Upload({job, lost}) {
  const waiting = job.status === 'awaiting_file';
  // Else somebody came back to look.
  const [came] = useState(() => waiting || transferOf(job.id) !== undefined);
  useEffect(() => {
    if (!came || waiting) return;
    arrived(job.id);
    go(`/jobs/${job.id}/validate`, {replace: true});
  }, [waiting]);
  return html`
    <${JobPage} job=${job} title=${t('step_upload')}>
      <${Steps} job=${job} at="upload" />
      ${lost}
      <section class="card">
        ${
          waiting
            ? html`
                <h2>${job.file_name}</h2>
                <${Waiting} job=${job} />
              `
            : html`
                <h2>${t('file_came')}</h2>
                <dl>
                  <dt>${t('file')}</dt>
                  <dd>${job.file_name}</dd>
                  <dt>${t('devices')}</dt>
                  <dd>${job.devices.join(', ')}</dd>
                  <dt>${t('lifetime')}</dt>
                  <dd>${span(seconds(job.link_lifetime))}</dd>
                </dl>
                <div class="row">
                  <a
                    class="button"
                    href=${`/jobs/${job.id}/${stepOf(job) === 'process' ? 'process' : 'validate'}`}
                  >
                    ${t('continue')}
                  </a>
                  <a class="button second" href="/jobs/new">${t('new')}</a>
                </div>
              `
        }
      </section>
    </${JobPage}>
  `;
}
