// The file of a job before it is uploaded, and how the job is begun anew.

import {ask} from '../api.js';
import {bytes} from '../formats.js';
import {go} from '../router.js';
import {tab} from '../tab.js';
import {textOf} from '../texts.js';
import {html, useRef, useState} from '../view.js';
import {Button, Dialog} from './controls.js';
import {proposalsFor} from './encoding.js';
import {asGiven} from './figures.js';

const mostBytes = 1e9;
const mostBytesOfBook = 50 * 2 ** 20;

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
          accept=".csv,.txt,.xlsx,text/csv"
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
  if (/\.(xls[bm]?|ods|numbers)$/i.test(file.name)) return textOf('jobs.file_book');
  if (!/\.(csv|txt|xlsx)$/i.test(file.name)) return textOf('jobs.file_kind');
  if (file.size === 0) return textOf('jobs.file_empty');
  if (isBook(file)) return file.size > mostBytesOfBook ? textOf('jobs.file_xlsx_large') : undefined;
  return file.size > mostBytes ? textOf('jobs.file_large') : undefined;
}

const isBook = file => /\.xlsx$/i.test(file.name);

/**
 * The encoding of a file: {proposed, chosen, look, choose, settled}. look begins with a
 * file, or with none. settled waits until the file's first part has been read, and returns
 * whether the reader has seen what is proposed.
 */
export function useEncoding() {
  const [state, setState] = useState({});
  const reading = useRef();
  const look = file => {
    setState({});
    const found =
      file && !isBook(file)
        ? proposalsFor(file, navigator.languages).catch(() => null) // then it can't be sent
        : Promise.resolve(null);
    reading.current = found;
    found.then(proposed => {
      if (reading.current === found) setState({proposed, chosen: proposed?.[0].name});
    });
  };
  const settled = async () => (await reading.current) === (state.proposed ?? null);
  const choose = chosen => setState(before => ({...before, chosen}));
  return {...state, look, choose, settled};
}

const fewEncodings = 4; // are shown at once

/** Asks which encoding a file is in, by how values of it would read. */
export function Encoding({proposed, chosen, choose}) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? proposed : proposed.slice(0, fewEncodings);
  return html`
    <fieldset class="field" id="encoding" tabindex="-1">
      <legend>${textOf('jobs.encoding')}</legend>
      <p class="small">${textOf('jobs.encoding_hint')}</p>
      <div class="choices">
        ${shown.map(
          ({name, samples}) => html`
            <label class="choice" key=${name}>
              <input
                type="radio"
                name="encoding"
                value=${name}
                checked=${name === chosen}
                onChange=${() => choose(name)}
              />
              <span>
                ${samples.map((sample, i) => [i > 0 && ', ', html`<b>${asGiven(sample)}</b>`])}
                <span class="small">${name}</span>
              </span>
            </label>
          `,
        )}
      </div>
      ${
        shown.length < proposed.length &&
        html`
          <button type="button" class="second compact" onClick=${() => setAll(true)}>
            ${textOf('jobs.encoding_more')}
          </button>
        `
      }
    </fieldset>
  `;
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
