// The jobs' pages: which part is drawn at which address.

import {JobList} from './job-list.js';
import {JobOverview} from './job-overview.js';
import {NewJob} from './job-new.js';
import {Notify} from './job-notify.js';
import {Page, Skeletons, Trouble, t} from './parts.js';
import {Process} from './job-process.js';
import {Upload} from './job-upload.js';
import {Validate} from './job-validate.js';
import {go, html, render, useEffect, useState, useThing} from './view.js';

const parts = {upload: Upload, validate: Validate, process: Process, notify: Notify};

// How long, in milliseconds, until a job is looked at again, by its status.
const paces = {
  awaiting_file: 1_000,
  validating: 500,
  processing: 500,
  processed: 4_000,
  failed: 4_000,
};

function Job({id, step}) {
  const {
    value: job,
    error,
    look,
  } = useThing(`/api/jobs/${encodeURIComponent(id)}`, job => paces[job.status] ?? null);
  if (!job) {
    return html`
      <${Page}
        title=${t('job')}
        crumb=${html`<a href="/jobs">${t('title')}</a>`}
      >
        ${
          error
            ? html`<${Trouble} error=${error} again=${look} />`
            : html`<div class="card"><${Skeletons} /></div>`
        }
      </${Page}>
    `;
  }
  const lost =
    error &&
    html`
      <p class="note" data-tone="warn" role="status">
        ${error.status === 404 ? t('job_gone') : t('lost')}
      </p>
    `;
  if (!step) return html`<${JobOverview} job=${job} look=${look} lost=${lost} />`;
  const Part = parts[step];
  return html`<${Part} key=${step} job=${job} look=${look} lost=${lost} />`;
}

function App() {
  const [path, set] = useState(location.pathname);
  useEffect(() => {
    const moved = () => set(location.pathname);
    addEventListener('popstate', moved);
    addEventListener('moved', moved);
    document.addEventListener('click', follow);
  }, []);
  if (path === '/jobs') return html`<${JobList} />`;
  if (path === '/jobs/new') return html`<${NewJob} />`;
  const [, , id, step] = path.split('/');
  return html`<${Job} key=${`${id} ${step}`} id=${decodeURIComponent(id)} step=${step} />`;
}

/** Links from one of the jobs' pages to another load nothing anew. */
function follow(event) {
  const link = event.target.closest?.('a[href^="/jobs"]');
  if (
    !link ||
    event.defaultPrevented ||
    event.button ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey ||
    event.altKey ||
    link.target
  ) {
    return;
  }
  event.preventDefault();
  go(link.getAttribute('href'));
}

const root = document.getElementById('app');
root.replaceChildren();
render(html`<${App} />`, root);
