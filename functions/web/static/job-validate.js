// The second step: what is wrong with the file, and what it would change. Nothing has
// changed yet.

import {ask, number, span} from './console.js';
import {
  Badge,
  Button,
  Download,
  Figures,
  JobPage,
  List,
  Problem,
  Progress,
  Steps,
  Tabs,
  finished,
  n,
  nothing,
  t,
} from './parts.js';
import {StartOver} from './job-upload.js';
import {go, html, useAct, useEffect, usePages, useState} from './view.js';

const issueColumns = [
  {name: t('row'), head: true, num: true, cell: issue => number(issue.row)},
  {
    name: t('level'),
    beside: true,
    cell: issue => html`<${Badge} kind="level" of=${issue.level} />`,
  },
  {name: t('column'), cell: issue => issue.column ?? '–'},
  {
    name: t('what'),
    cell: issue => html`<span lang="en">${issue.message}</span>`,
  },
  {
    name: t('value'),
    cell: issue => (issue.value ? html`<code>${issue.value}</code>` : nothing()),
  },
];

/** What is wrong with the rows, or might be. */
export function Issues({job}) {
  const [level, choose] = useState('');
  const pages = usePages(`/api/jobs/${job.id}/errors`, {level}, {size: 20});
  return html`
    <section class="card">
      <div class="row between">
        <h2>${t('issues')}</h2>
        ${
          job.rows.invalid > 0 &&
          html`
            <${Download} kind="second compact" path=${`/api/jobs/${job.id}/files/errors`}>
              ${t('download_errors')}
            </${Download}>
          `
        }
      </div>
      <p class="quiet">${job.rows.invalid > 0 ? t('issues_text') : t('issues_none_text')}</p>
      <${Tabs}
        label=${t('level')}
        value=${level}
        choose=${choose}
        of=${['', 'error', 'warning'].map(one => ({value: one, name: t(`levels_${one || 'all'}`)}))}
      />
      <${List}
        turn
        pages=${pages}
        caption=${t('issues')}
        columns=${issueColumns}
        none=${html`<div class="empty"><p>${t(`issues_no_${level || 'all'}`)}</p></div>`}
      />
    </section>
  `;
}

const changeColumns = [
  {name: t('user'), head: true, cell: change => change.username},
  {
    name: t('operation'),
    beside: true,
    cell: change => html`<${Badge} kind="operation" of=${change.operation} />`,
  },
  {name: t('row'), num: true, cell: change => number(change.row)},
  {
    name: t('change'),
    cell: change => {
      const all = Object.entries(change.changes ?? {});
      return all.length === 0
        ? nothing()
        : all.length <= fewFields
          ? list(all)
          : html`
              <details class="inline">
                <summary>${n('fields', all.length)}</summary>
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
          <span class="quiet">${field}:</span>
          ${' '}${shown(before) && html`<del>${shown(before)}</del> → `}
          <ins>${shown(after) || t('cleared')}</ins>
        </li>
      `,
    )}
  </ul>
`;

const shown = value =>
  Array.isArray(value) ? value.join(', ') : value == null ? '' : String(value);

const operations = ['remove', 'update', 'add', 'unchanged'];

/** What the rows would do, what is taken away first. */
function Changes({job}) {
  const planned = job.rows.planned;
  const [operation, choose] = useState(() =>
    planned ? (operations.find(one => planned[one] > 0) ?? '') : '',
  );
  const pages = usePages(`/api/jobs/${job.id}/changes`, {operation}, {size: 20});
  return html`
    <section class="card">
      <h2>${t('changes')}</h2>
      <${Tabs}
        label=${t('operation')}
        value=${operation}
        choose=${choose}
        of=${[
          ...operations.map(one => ({
            value: one,
            name: t(`operation_${one}`),
            count: planned?.[one],
          })),
          {value: '', name: t('all')},
        ]}
      />
      ${
        operation === 'remove' &&
        planned?.remove > 0 &&
        html`<div class="note" data-tone="bad"><p>${n('removals', planned.remove)}</p></div>`
      }
      <${List}
        turn
        pages=${pages}
        caption=${t('changes')}
        columns=${changeColumns}
        id=${change => change.row}
        none=${html`<div class="empty"><p>${t('changes_none')}</p></div>`}
      />
    </section>
  `;
}

function Reading({job}) {
  const [now, tick] = useState(Date.now());
  const [since] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const {processed, total} = job.rows;
  return html`
    <section class="card">
      <h2>${t('reading')}</h2>
      <${Progress}
        label=${t('reading_text')}
        text=${t('since', {time: span((now - since) / 1000)})}
        value=${processed}
        whole=${total}
      />
    </section>
  `;
}

export function Validate({job, look, lost}) {
  const {status, rows} = job;
  const [run, {busy, error}] = useAct(async () => {
    await ask('POST', `/api/jobs/${job.id}/process`, {});
    await look();
    go(`/jobs/${job.id}/process`);
  });
  const read = rows.total != null;
  return html`
    <${JobPage} job=${job} title=${t('step_validate')}>
      <${Steps} job=${job} at="validate" />
      ${lost}
      ${
        status === 'awaiting_file' &&
        html`
          <div class="empty">
            <p>${t('no_file')}</p>
            <a class="button" href=${`/jobs/${job.id}/upload`}>${t('step_upload')}</a>
          </div>
        `
      }
      ${status === 'validating' && html`<${Reading} job=${job} />`}
      ${
        status === 'rejected' &&
        html`
          <div class="note" data-tone="bad">
            <h2 tabindex="-1">${t('rejected')}</h2>
            <p lang="en">${job.rejected_reason}</p>
            <p>${t('rejected_text')}</p>
          </div>
          <div class="row">
            <${StartOver} job=${job} kind="">${t('another_file')}</${StartOver}>
          </div>
          <p></p>
        `
      }
      ${
        read &&
        html`
          <${Figures}
            of=${[
              [t('rows'), rows.total],
              [t('valid'), rows.valid],
              [t('invalid'), rows.invalid],
              ...(rows.planned
                ? [
                    [t('planned_add'), rows.planned.add],
                    [t('planned_update'), rows.planned.update],
                    [t('planned_unchanged'), rows.planned.unchanged],
                    [t('planned_remove'), rows.planned.remove],
                  ]
                : []),
            ]}
          />
        `
      }
      ${
        status === 'validated' &&
        html`
          <section class="card">
            <div class="row between">
              <p>
                ${
                  rows.invalid > 0
                    ? n('go_on_good', rows.valid, {invalid: number(rows.invalid)})
                    : n('go_on', rows.valid)
                }
              </p>
              <div class="row">
                <${StartOver} job=${job} />
                <${Button} busy=${busy} onClick=${run}>${n('process_rows', rows.valid)}</${Button}>
              </div>
            </div>
            <${Problem} error=${error} />
          </section>
        `
      }
      ${read && html`<${Issues} job=${job} />`}
      ${status === 'validated' && html`<${Changes} job=${job} />`}
      ${
        (finished(job) || status === 'processing') &&
        html`<p><a class="button" href=${`/jobs/${job.id}/process`}>${t('continue')}</a></p>`
      }
    </${JobPage}>
  `;
}
