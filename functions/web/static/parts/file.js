// The file of a job before it is uploaded, and how the job is begun anew.

import {ask} from '../api.js';
import {bytes} from '../formats.js';
import {go} from '../router.js';
import {tab} from '../tab.js';
import {textOf} from '../texts.js';
import {html, useState} from '../view.js';
import {Button, Dialog} from './controls.js';

const mostBytes = 1e9;

/** Where a file is dropped, or chosen. */
export function Drop({file, choose, fault}) {
  const [over, setOver] = useState(false);
  const drop = event => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]);
  };
  const drag = to => event => {
    event.preventDefault();
    setOver(to);
  };
  return html`
    <div class="field">
      <div
        class="drop"
        data-over=${over ? '' : undefined}
        onDragEnter=${drag(true)}
        onDragOver=${drag(true)}
        onDragLeave=${drag(false)}
        onDrop=${drop}
      >
        <p>
          ${
            file
              ? html`
                  <strong dir="auto">${file.name}</strong>
                  ${' '}
                  <span class="quiet nowrap">${bytes(file.size)}</span>
                `
              : textOf('jobs.drop')
          }
        </p>
        <label class="button second" for="file">
          ${file ? textOf('jobs.other_file') : textOf('jobs.choose_file')}
        </label>
        <input
          id="file"
          type="file"
          accept=".csv,.txt,text/csv"
          aria-describedby="file-hint file-fault"
          aria-invalid=${fault ? 'true' : undefined}
          onChange=${event => event.target.files[0] && choose(event.target.files[0])}
        />
        <p class="small" id="file-hint">
          ${textOf('jobs.file_hint')}${' '}
          <a href="/api/template.csv" download>${textOf('jobs.template')}</a>
        </p>
      </div>
      <p class="fault" id="file-fault" role="alert">${fault}</p>
    </div>
  `;
}

/** What is wrong with a file before it is sent, or nothing. */
export function faultOfFile(file) {
  if (!file) return textOf('jobs.file_missing');
  if (!/\.(csv|txt)$/i.test(file.name)) {
    return /\.xlsx?$/i.test(file.name) ? textOf('jobs.file_xlsx') : textOf('jobs.file_kind');
  }
  if (file.size === 0) return textOf('jobs.file_empty');
  return file.size > mostBytes ? textOf('jobs.file_large') : undefined;
}

/** Takes a job back, and goes to a new one that has its settings. */
export function StartOver({job, kind = 'second', children}) {
  const [asked, setAsked] = useState(false);
  return html`
    <${Button} kind=${kind} onClick=${() => setAsked(true)}>
      ${children ?? textOf('jobs.start_over')}
    </${Button}>
    ${
      asked &&
      html`
        <${Dialog}
          title=${textOf('jobs.start_over_title')}
          confirm=${textOf('jobs.start_over')}
          close=${() => setAsked(false)}
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
          <p>${textOf('jobs.start_over_text', {name: job.name})}</p>
        </${Dialog}>
      `
    }
  `;
}
