// The first step of a job that is there: its file on the way, waited for, or come.

import {bytes, seconds, span, time} from '../formats.js';
import {Progress, asGiven} from '../parts/figures.js';
import {Drop, StartOver, faultOfFile} from '../parts/file.js';
import {JobPage, Steps, stepOf} from '../parts/job.js';
import {arrived, placeOf, transfer, transferOf} from '../parts/transfer.js';
import {go} from '../router.js';
import {textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';

/** The transfer of a job's file, as it is now. */
function useTransfer(id) {
  const [, setDrawn] = useState(0);
  useEffect(() => {
    const changed = () => setDrawn(count => count + 1);
    addEventListener('transferred', changed);
    return () => removeEventListener('transferred', changed);
  }, []);
  return transferOf(id);
}

function Waiting({job}) {
  const going = useTransfer(job.id);
  const [fault, setFault] = useState();
  const place = placeOf(job.id);
  if (going?.state === 'going' || going?.state === 'done') {
    const {loaded, total, since, state} = going;
    const rest = ((Date.now() - since) * (total - loaded)) / Math.max(loaded, 1) / 1000;
    return html`
      <${Progress}
        value=${loaded}
        whole=${total}
        label=${state === 'done' ? textOf('jobs.uploaded') : textOf('jobs.uploading')}
        text=${
          state === 'done'
            ? textOf('jobs.waiting_read')
            : loaded > 0
              ? textOf('jobs.left', {time: span(rest)})
              : bytes(total)
        }
      />
    `;
  }
  return html`
    ${
      going?.state === 'broken' &&
      html`<div role="alert" class="problem"><p>${textOf('jobs.upload_broken')}</p></div>`
    }
    ${
      place
        ? html`
            <p>${textOf('jobs.upload_again', {until: time(place.expires_at)})}</p>
            <${Drop}
              fault=${fault}
              choose=${file => {
                const wrong =
                  faultOfFile(file) ??
                  (file.name === job.file_name
                    ? undefined
                    : textOf('jobs.file_other', {name: job.file_name}));
                setFault(wrong);
                if (!wrong) transfer(job.id, place, file);
              }}
            />
          `
        : html`<p>${textOf('jobs.upload_elsewhere')}</p>`
    }
    <div class="row"><${StartOver} job=${job} /></div>
  `;
}

export function Upload({job, lost}) {
  const waiting = job.status === 'awaiting_file';
  // Else the page was opened to see how the upload went.
  const [came] = useState(() => waiting || transferOf(job.id) !== undefined);
  useEffect(() => {
    if (!came || waiting) return;
    arrived(job.id);
    go(`/jobs/${job.id}/validate`, {replace: true});
  }, [waiting]);
  return html`
    <${JobPage} job=${job} title=${textOf('jobs.step_upload')}>
      <${Steps} job=${job} at="upload" />
      ${lost}
      <section class="card">
        ${
          waiting
            ? html`
                <h2>${asGiven(job.file_name)}</h2>
                <${Waiting} job=${job} />
              `
            : html`
                <h2>${textOf('jobs.file_came')}</h2>
                <dl>
                  <dt>${textOf('jobs.file')}</dt>
                  <dd>${asGiven(job.file_name)}</dd>
                  <dt>${textOf('jobs.devices')}</dt>
                  <dd>${job.devices.join(', ')}</dd>
                  <dt>${textOf('jobs.lifetime')}</dt>
                  <dd>${span(seconds(job.link_lifetime))}</dd>
                </dl>
                <div class="row">
                  <a
                    class="button"
                    href=${`/jobs/${job.id}/${stepOf(job) === 'process' ? 'process' : 'validate'}`}
                  >
                    ${textOf('jobs.continue')}
                  </a>
                  <a class="button second" href="/jobs/new">${textOf('jobs.new')}</a>
                </div>
              `
        }
      </section>
    </${JobPage}>
  `;
}
