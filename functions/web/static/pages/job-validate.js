// The second step: what is wrong with the file, and what it would change. Nothing has
// changed yet.

import {ask} from '../api.js';
import {number, span} from '../formats.js';
import {useAction, usePages} from '../hooks.js';
import {Button, Download, Problem, Tabs} from '../parts/controls.js';
import {Badge, Figures, Progress, asGiven, nothing} from '../parts/figures.js';
import {StartOver} from '../parts/file.js';
import {JobPage, Steps, stepOf} from '../parts/job.js';
import {List} from '../parts/table.js';
import {go} from '../router.js';
import {counted, textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';
import {Columns, Mapped} from './job-columns.js';

const issueColumns = () => [
  {name: textOf('jobs.row'), head: true, num: true, cell: issue => number(issue.row)},
  {
    name: textOf('jobs.level'),
    beside: true,
    cell: issue => html`<${Badge} kind="level" of=${issue.level} />`,
  },
  {name: textOf('jobs.column'), cell: issue => asGiven(issue.column) ?? '–'},
  {
    name: textOf('jobs.what'),
    cell: issue => html`<span lang="en" dir="ltr">${issue.message}</span>`,
  },
  {
    name: textOf('jobs.value'),
    cell: issue => (issue.value ? html`<code dir="auto">${issue.value}</code>` : nothing()),
  },
];

/** What is wrong with the rows, or might be. */
function Issues({job}) {
  const [level, setLevel] = useState('');
  const pages = usePages(`/api/jobs/${job.id}/errors`, {level}, {size: 20});
  return html`
    <section class="card">
      <div class="row between">
        <h2>${textOf('jobs.issues')}</h2>
        ${
          job.rows.invalid > 0 &&
          html`
            <${Download} kind="second compact" path=${`/api/jobs/${job.id}/files/errors`}>
              ${textOf('jobs.download_errors')}
            </${Download}>
          `
        }
      </div>
      <p class="quiet">
        ${job.rows.invalid > 0 ? textOf('jobs.issues_text') : textOf('jobs.issues_none_text')}
      </p>
      <${Tabs}
        label=${textOf('jobs.level')}
        value=${level}
        choose=${setLevel}
        of=${['', 'error', 'warning'].map(one => ({
          value: one,
          name: textOf(`jobs.levels_${one || 'all'}`),
        }))}
      />
      <${List}
        turn
        pages=${pages}
        caption=${textOf('jobs.issues')}
        columns=${issueColumns()}
        none=${html`<div class="empty"><p>${textOf(`jobs.issues_no_${level || 'all'}`)}</p></div>`}
      />
    </section>
  `;
}

const changeColumns = () => [
  {name: textOf('jobs.user'), head: true, cell: change => asGiven(change.username)},
  {
    name: textOf('jobs.operation'),
    beside: true,
    cell: change => html`<${Badge} kind="operation" of=${change.operation} />`,
  },
  {name: textOf('jobs.row'), num: true, cell: change => number(change.row)},
  {
    name: textOf('jobs.change'),
    cell: change => {
      const all = Object.entries(change.changes ?? {});
      return all.length === 0
        ? nothing()
        : all.length <= fewFields
          ? list(all)
          : html`
              <details class="inline">
                <summary>${counted('jobs.fields', all.length)}</summary>
                ${list(all)}
              </details>
            `;
    },
  },
];

const fewFields = 3; // of a row are shown at once

const list = fields => html`
  <ul class="changes">
    ${fields.map(
      ([field, [before, after]]) => html`
        <li key=${field}>
          <span class="quiet">${asGiven(field)}:</span>
          ${' '}${shown(before) && html`<del dir="auto">${shown(before)}</del> → `}
          <ins dir="auto">${shown(after) || textOf('jobs.cleared')}</ins>
        </li>
      `,
    )}
  </ul>
`;

const shown = value =>
  Array.isArray(value) ? value.join(', ') : value == null ? '' : String(value);

const operations = ['remove', 'update', 'add', 'unchanged'];

/** What the rows would change. What they would take away comes first. */
function Changes({job}) {
  const planned = job.rows.planned;
  const [operation, setOperation] = useState(() =>
    planned ? (operations.find(one => planned[one] > 0) ?? '') : '',
  );
  const pages = usePages(`/api/jobs/${job.id}/changes`, {operation}, {size: 20});
  return html`
    <section class="card">
      <h2>${textOf('jobs.changes')}</h2>
      <${Tabs}
        label=${textOf('jobs.operation')}
        value=${operation}
        choose=${setOperation}
        of=${[
          ...operations.map(one => ({
            value: one,
            name: textOf(`jobs.operation_${one}`),
            count: planned?.[one],
          })),
          {value: '', name: textOf('jobs.all')},
        ]}
      />
      ${
        operation === 'remove' &&
        planned?.remove > 0 &&
        html`
          <div class="note" data-tone="bad">
            <p>${counted('jobs.removals', planned.remove)}</p>
          </div>
        `
      }
      <${List}
        turn
        pages=${pages}
        caption=${textOf('jobs.changes')}
        columns=${changeColumns()}
        id=${change => change.row}
        none=${html`<div class="empty"><p>${textOf('jobs.changes_none')}</p></div>`}
      />
    </section>
  `;
}

function Reading({job}) {
  const [now, setNow] = useState(Date.now());
  const [since] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const {processed, total} = job.rows;
  return html`
    <section class="card">
      <h2>${textOf('jobs.reading')}</h2>
      <${Progress}
        label=${textOf('jobs.reading_text')}
        text=${textOf('jobs.since', {time: span((now - since) / 1000)})}
        value=${processed}
        whole=${total}
      />
    </section>
  `;
}

const Rejected = ({job}) => html`
  <div class="note" data-tone="bad">
    <h2 tabindex="-1">${textOf('jobs.rejected')}</h2>
    <p lang="en" dir="ltr">${job.rejected_reason}</p>
    <p>${textOf('jobs.rejected_text')}</p>
  </div>
  <div class="row">
    <${StartOver} job=${job} kind="">${textOf('jobs.another_file')}</${StartOver}>
  </div>
  <p></p>
`;

const Counts = ({rows: {total, valid, invalid, planned}}) => html`
  <${Figures}
    of=${[
      [textOf('jobs.rows'), total],
      [textOf('jobs.valid'), valid],
      [textOf('jobs.invalid'), invalid],
      ...(planned
        ? [
            [textOf('jobs.planned_add'), planned.add],
            [textOf('jobs.planned_update'), planned.update],
            [textOf('jobs.planned_unchanged'), planned.unchanged],
            [textOf('jobs.planned_remove'), planned.remove],
          ]
        : []),
    ]}
  />
`;

/** Asks whether the good rows are to be processed. */
function GoOn({job, reload}) {
  const {valid, invalid} = job.rows;
  const [run, {busy, error}] = useAction(async () => {
    await ask('POST', `/api/jobs/${job.id}/process`, {});
    await reload();
    go(`/jobs/${job.id}/process`);
  });
  return html`
    <section class="card">
      <div class="row between">
        <p>
          ${
            invalid > 0
              ? counted('jobs.go_on_good', valid, {invalid: number(invalid)})
              : counted('jobs.go_on', valid)
          }
        </p>
        <div class="row">
          <${StartOver} job=${job} />
          <${Button} busy=${busy} onClick=${run}>${counted('jobs.process_rows', valid)}</${Button}>
        </div>
      </div>
      <${Problem} error=${error} />
    </section>
  `;
}

export function Validate({job, reload, lost}) {
  const {status, rows} = job;
  const [isChanging, setChanging] = useState(false);
  const isChangeable = status === 'validated' || status === 'rejected';
  const page = inside => html`
    <${JobPage} job=${job} title=${textOf('jobs.step_validate')}>
      <${Steps} job=${job} at="validate" />
      ${lost}${inside}
    </${JobPage}>
  `;
  if (status === 'needs_mapping' || (isChanging && isChangeable)) {
    const done = async () => {
      await reload();
      setChanging(false);
    };
    const close = status === 'needs_mapping' ? undefined : () => setChanging(false);
    return page(html`<${Columns} job=${job} done=${done} close=${close} />`);
  }
  const read = rows.total != null;
  return page(html`
    ${
      status === 'awaiting_file' &&
      html`
        <div class="empty">
          <p>${textOf('jobs.no_file')}</p>
          <a class="button" href=${`/jobs/${job.id}/upload`}>${textOf('jobs.step_upload')}</a>
        </div>
      `
    }
    ${status === 'validating' && html`<${Reading} job=${job} />`}
    ${status === 'rejected' && html`<${Rejected} job=${job} />`}
    ${read && html`<${Counts} rows=${rows} />`}
    ${status === 'validated' && html`<${GoOn} job=${job} reload=${reload} />`}
    ${isChangeable && html`<${Mapped} job=${job} change=${() => setChanging(true)} />`}
    ${read && html`<${Issues} job=${job} />`}
    ${status === 'validated' && html`<${Changes} job=${job} />`}
    ${
      stepOf(job) === 'process' &&
      html`
        <p>
          <a class="button" href=${`/jobs/${job.id}/process`}>${textOf('jobs.continue')}</a>
        </p>
      `
    }
  `);
}
