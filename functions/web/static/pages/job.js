// One job, at the step of the wizard that the address names, or as a whole.

import {useThing} from '../hooks.js';
import {Trouble} from '../parts/controls.js';
import {Page, Skeletons} from '../parts/page.js';
import {textOf} from '../texts.js';
import {html} from '../view.js';
import {Notify} from './job-notify.js';
import {JobOverview} from './job-overview.js';
import {Process} from './job-process.js';
import {Upload} from './job-upload.js';
import {Validate} from './job-validate.js';

const steps = {upload: Upload, validate: Validate, process: Process, notify: Notify};

// After how many milliseconds a job is loaded again, by its status. Others are at rest.
const paces = {
  awaiting_file: 1_000,
  validating: 500,
  needs_mapping: 4_000,
  processing: 500,
  processed: 4_000,
  failed: 4_000,
};

export function Job({id, step}) {
  const path = `/api/jobs/${encodeURIComponent(id)}`;
  const {value: job, error, reload} = useThing(path, ({status}) => paces[status] ?? null);
  if (!job) {
    const crumb = html`<a href="/jobs">${textOf('jobs.title')}</a>`;
    return html`
      <${Page} title=${textOf('jobs.job')} crumb=${crumb}>
        ${
          error
            ? html`<${Trouble} error=${error} again=${reload} />`
            : html`<div class="card"><${Skeletons} /></div>`
        }
      </${Page}>
    `;
  }
  const lost =
    error &&
    html`
      <p class="note" data-tone="warn" role="status">
        ${error.status === 404 ? textOf('jobs.job_gone') : textOf('jobs.lost')}
      </p>
    `;
  const Part = step ? steps[step] : JobOverview;
  return html`<${Part} job=${job} reload=${reload} lost=${lost} />`;
}
