// Within the second step: what the columns of a file become whose header isn't ours.
// Nothing is ignored without somebody having said so.

import {ask, get} from '../api.js';
import {useAction, useDraft} from '../hooks.js';
import {Button, Problem, Trouble, besides, faultOf} from '../parts/controls.js';
import {Badge, asGiven, nothing} from '../parts/figures.js';
import {StartOver} from '../parts/file.js';
import {Skeletons} from '../parts/page.js';
import {Table} from '../parts/table.js';
import {counted, textOf} from '../texts.js';
import {html, useEffect, useRef, useState} from '../view.js';

const ownColumns = [
  'User',
  'First Name',
  'Last Name',
  'Operation',
  'Status',
  'Role',
  'Language',
  'Time Zone',
  'Site',
  'User Supervisor',
  'External Key',
  'Externally Owned',
  'License Type',
];

const ignored = ' '; // no column is called so
const fewNames = 10; // are told at once

const pathOf = job => `/api/jobs/${job.id}/mapping`;
const focusHeading = () => document.querySelector('h1').focus();

/** What a column is before the reader has chosen: a field, ignored, or "" for undecided. */
export const firstOf = ({field, source}) =>
  field ?? (source && source !== 'proposed' ? ignored : '');

/** Names, as the file has them. */
const namesOf = columns =>
  columns.map(({column}, i) => html`${i > 0 && ', '}${asGiven(column || '–')}`);

/** Who has said what the columns become, in words. */
function whoseOf({row, columns}) {
  const exports = [...new Set(columns.map(column => column.export).filter(Boolean))];
  return [
    exports.length > 0 && textOf('jobs.columns_known', {export: exports.join(', ')}),
    columns.some(({source}) => source === 'remembered') && textOf('jobs.columns_remembered'),
    row > 1 && textOf('jobs.columns_row', {row}),
  ].filter(Boolean);
}

/**
 * How the columns of a file were mapped that was read, and the way to change that. It is
 * nothing where all have our own names, or one has none.
 */
export function Mapped({job, change}) {
  const [mapping, setMapping] = useState(null);
  useEffect(() => {
    // A file that was rejected for what it is in has no columns.
    get(pathOf(job)).then(setMapping, () => setMapping(null));
  }, []);
  const columns = mapping?.columns ?? [];
  const isOurs =
    columns.every(({source}) => source === 'ours') && columns.some(({field}) => field === 'User');
  const isNamed = columns.every(({column}) => column !== ''); // else its header is corrected
  if (columns.length === 0 || isOurs || !isNamed) return null;
  const without = columns.filter(({field}) => field === null);
  return html`
    <section class="card">
      <div class="row between">
        <h2>${textOf('jobs.columns')}</h2>
        <button type="button" class="second compact" onClick=${change}>
          ${textOf('jobs.columns_change')}
        </button>
      </div>
      ${whoseOf(mapping).map(line => html`<p key=${line}>${line}</p>`)}
      ${without.length > 0 && html`<${Names} of=${without} name="columns_ignored" />`}
    </section>
  `;
}

/** How many columns there are of a kind, and which; many on demand. */
const Names = ({of, name}) =>
  of.length > fewNames
    ? html`
        <details class="inline">
          <summary>${counted(`jobs.${name}`, of.length)}</summary>
          <p class="small">${namesOf(of)}</p>
        </details>
      `
    : html`<p>${counted(`jobs.${name}`, of.length)}: ${namesOf(of)}</p>`;

/** Asks what each column of a job's file becomes. close leaves it as it was, if given. */
export function Columns({job, done, close}) {
  const [loaded, setLoaded] = useState({});
  const load = async () => {
    setLoaded({});
    try {
      const [mapping, settings] = await Promise.all([get(pathOf(job)), get('/api/settings')]);
      setLoaded({mapping, settings});
    } catch (error) {
      setLoaded({error});
    }
  };
  useEffect(() => {
    load();
  }, []);
  const heading = useRef();
  useEffect(() => {
    if (close) heading.current.focus();
  }, []);
  return html`
    <section class="card">
      <h2 tabindex="-1" ref=${heading}>${textOf('jobs.columns_title')}</h2>
      ${
        loaded.mapping
          ? html`<${Form} job=${job} ...${loaded} done=${done} close=${close} />`
          : loaded.error
            ? html`<${Trouble} error=${loaded.error} again=${load} />`
            : html`<${Skeletons} />`
      }
    </section>
  `;
}

/**
 * What the reader has chosen, as rows: a column with the index i, its value (a field,
 * ignored, or "" for undecided), its source, and the other column that is the same already.
 */
export function rowsOf(columns, chosen) {
  const taken = new Map();
  return columns.map((column, i) => {
    const first = firstOf(column);
    const value = chosen[i] ?? first;
    const source = value === '' ? 'undecided' : value === first ? column.source : 'chosen';
    const isField = value.trim() !== '';
    const same = isField ? taken.get(value) : undefined;
    if (isField && same === undefined) taken.set(value, column.column);
    return {...column, i, first, value, source, same};
  });
}

/** What is told of rows: each that hasn't one of our names, or was changed. */
export const toldOf = rows =>
  Object.fromEntries(
    rows
      .filter(row => row.source !== 'ours')
      .map(({column, value}) => [column, value === ignored ? null : value]),
  );

function Form({job, mapping, settings, done, close}) {
  const [draft, setDraft, forgetDraft] = useDraft(`columns:${job.id}`, {chosen: {}, keep: true});
  const [isTried, setTried] = useState(false);
  const place = useRef();
  const rows = rowsOf(mapping.columns, draft.chosen);
  const undecided = rows.filter(({value}) => value === '');
  const hasUser = rows.some(({value}) => value === 'User');
  const put = (index, value) =>
    setDraft(before => ({...before, chosen: {...before.chosen, [index]: value}}));
  const leadToFault = () =>
    requestAnimationFrame(() => place.current?.querySelector('[aria-invalid]')?.focus());
  const [send, {busy, error}] = useAction(async () => {
    setTried(true);
    if (undecided.length > 0 || rows.some(({same}) => same !== undefined)) return leadToFault();
    if (!hasUser) return;
    await ask('PUT', pathOf(job), {columns: toldOf(rows), remember: draft.keep});
    forgetDraft();
    await done();
    focusHeading();
  });
  useEffect(() => {
    if (error) leadToFault();
  }, [error]);
  const ignoreRest = () => {
    const rest = Object.fromEntries(undecided.map(({i}) => [i, ignored]));
    setDraft(before => ({...before, chosen: {...before.chosen, ...rest}}));
    document.getElementById('map').focus();
  };
  const faultAt = ({column, value, same}) =>
    (isTried && value === '' && textOf('jobs.columns_decide')) ||
    (same !== undefined && textOf('jobs.columns_same', {column: same})) ||
    faultOf(error, `columns.${column}`);
  const beside = besides(error, ...rows.map(({column}) => `columns.${column}`));
  const leave = () => {
    forgetDraft();
    close();
    focusHeading();
  };
  return html`
    <p>${[...whoseOf(mapping), textOf('jobs.columns_text')].join(' ')}</p>
    <div class="scroll" role="region" aria-label=${textOf('jobs.columns_title')} ref=${place}>
      <${Table}
        caption=${textOf('jobs.columns_title')}
        columns=${tableColumns(settings, put, faultAt)}
        items=${rows}
        id=${({i}) => i}
      />
    </div>
    ${
      undecided.length > 0 &&
      html`
        <div class="note" data-tone="warn">
          <${Names} of=${undecided} name="columns_undecided" />
          <p>
            <button type="button" class="second compact" onClick=${ignoreRest}>
              ${counted('jobs.columns_ignore', undecided.length)}
            </button>
          </p>
        </div>
      `
    }
    <label class="check">
      <input
        type="checkbox"
        checked=${draft.keep}
        onChange=${({target}) => setDraft(before => ({...before, keep: target.checked}))}
      />
      <span>${textOf('jobs.columns_remember')}</span>
    </label>
    <div role="alert" class="problem">
      ${isTried && !hasUser && html`<p>${textOf('jobs.columns_no_user')}</p>`}
    </div>
    <${Problem} error=${beside?.code === 'job_not_validated' ? notMappable : beside} />
    <div class="row end">
      ${
        close
          ? html`
              <button type="button" class="second" onClick=${leave}>
                ${textOf('jobs.cancel')}
              </button>
            `
          : html`<${StartOver} job=${job} />`
      }
      <${Button} id="map" busy=${busy} onClick=${send}>${textOf('jobs.columns_use')}</${Button}>
    </div>
  `;
}

const notMappable = {code: 'not_mappable'};

const tableColumns = (settings, put, faultAt) => [
  {
    name: textOf('jobs.columns_column'),
    head: true,
    cell: ({column}) => asGiven(column) || nothing(),
  },
  {
    name: textOf('jobs.columns_who'),
    beside: true,
    cell: ({source}) => html`<${Badge} kind="source" of=${source} />`,
  },
  {
    name: textOf('jobs.columns_samples'),
    cell: ({samples}) =>
      samples.length === 0
        ? nothing()
        : html`
            <ul class="changes">
              ${samples.map((sample, i) => html`<li key=${i}>${asGiven(sample)}</li>`)}
            </ul>
          `,
  },
  {
    name: textOf('jobs.columns_becomes'),
    cell: row =>
      html`<${Becomes} ...${row} fault=${faultAt(row)} settings=${settings} put=${put} />`,
  },
];

/** Asks what a column becomes. */
function Becomes({i, column, value, also, fault, settings, put}) {
  const devices = settings.devices.map(({name}) => name);
  const groups = [
    ['columns_users', ownColumns],
    ['devices', [...devices, ...devices.map(name => `${name} Status`)]],
    ['columns_custom', settings.custom_fields],
  ];
  return html`
    <div>
      <select
        value=${value}
        aria-label=${textOf('jobs.columns_becomes_of', {column})}
        aria-invalid=${fault ? 'true' : undefined}
        aria-describedby=${fault ? `column-${i}-fault` : undefined}
        onChange=${event => put(i, event.target.value)}
      >
        ${value === '' && html`<option value="">${textOf('jobs.columns_choose')}</option>`}
        <option value=${ignored}>${textOf('jobs.columns_nothing')}</option>
        ${groups.map(
          ([group, names]) =>
            names.length > 0 &&
            html`
              <optgroup key=${group} label=${textOf(`jobs.${group}`)}>
                ${names.map(name => html`<option key=${name} value=${name}>${name}</option>`)}
              </optgroup>
            `,
        )}
      </select>
      ${
        also &&
        value !== ignored &&
        html`<p class="small">${textOf('jobs.columns_also', {also})}</p>`
      }
      ${fault && html`<p class="fault" id=${`column-${i}-fault`}>${fault}</p>`}
    </div>
  `;
}
