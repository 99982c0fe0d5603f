// A new job: its file, its name, the devices that it may use. The first step of the
// wizard.

import {ask, get, newKey, seconds, span} from './console.js';
import {Field, Page, Problem, Steps, besides, faultOf, t} from './parts.js';
import {go, html, useAct, useDraft, useEffect, useRef, useState} from './view.js';
import {transfer} from './transfer.js';

const mostBytes = 1e9;
const lifetimes = ['24h', '72h', '168h', '336h'];

/** Where a file is dropped, or chosen. */
export function Drop({file, choose, fault}) {
  const [over, set] = useState(false);
  const drop = event => {
    event.preventDefault();
    set(false);
    if (event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]);
  };
  const drag = to => event => {
    event.preventDefault();
    set(to);
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
                  <strong>${file.name}</strong>
                  ${' '}
                  <span class="quiet nowrap">${bytes(file.size)}</span>
                `
              : t('drop')
          }
        </p>
        <label class="button second" for="file">${file ? t('other_file') : t('choose_file')}</label>
        <input
          id="file"
          type="file"
          accept=".csv,.txt,text/csv"
          aria-describedby="file-hint file-fault"
          aria-invalid=${fault ? 'true' : undefined}
          onChange=${event => event.target.files[0] && choose(event.target.files[0])}
        />
        <p class="small" id="file-hint">
          ${t('file_hint')}${' '}
          <a href="/api/template.csv" download>${t('template')}</a>
        </p>
      </div>
      <p class="fault" id="file-fault" role="alert">${fault}</p>
    </div>
  `;
}

/** A size as people say it. */
export function bytes(size) {
  const [unit, by] = [
    ['gigabyte', 1e9],
    ['megabyte', 1e6],
    ['kilobyte', 1e3],
    ['byte', 1],
  ].find(([, least]) => size >= least) ?? ['byte', 1];
  return new Intl.NumberFormat(undefined, {style: 'unit', unit, maximumFractionDigits: 1}).format(
    size / by,
  );
}

/** What is wrong with a file before it is sent, or nothing. */
export function faultOfFile(file) {
  if (!file) return t('file_missing');
  if (!/\.(csv|txt)$/i.test(file.name)) {
    return /\.xlsx?$/i.test(file.name) ? t('file_xlsx') : t('file_kind');
  }
  if (file.size === 0) return t('file_empty');
  return file.size > mostBytes ? t('file_large') : undefined;
}

/** The devices that may be used, in their order. */
export function Devices({all, chosen, change}) {
  const order = [...chosen, ...all.filter(name => !chosen.includes(name))];
  const list = useRef();
  const move = (name, by) => {
    const to = chosen.indexOf(name) + by;
    const next = chosen.filter(one => one !== name);
    next.splice(to, 0, name);
    change(next);
    // The button moves with its row: the focus stays on it, or goes to the other one
    // where there is no further.
    requestAnimationFrame(() => {
      const row = list.current.children[to];
      (
        row.querySelector(`[data-by="${by}"]:not(:disabled)`) ??
        row.querySelector('button:not(:disabled)')
      )?.focus();
    });
  };
  return html`
    <fieldset>
      <legend>${t('devices')}</legend>
      <ul class="ordered" ref=${list}>
        ${order.map(name => {
          const at = chosen.indexOf(name);
          return html`
            <li key=${name}>
              <label>
                <input
                  type="checkbox"
                  checked=${at >= 0}
                  onChange=${event =>
                    change(
                      event.target.checked ? [...chosen, name] : chosen.filter(one => one !== name),
                    )}
                />
                <span>${at >= 0 ? `${at + 1}. ` : ''}${name}</span>
              </label>
              ${
                at >= 0 &&
                chosen.length > 1 &&
                html`
                  <button
                    type="button"
                    class="plain compact"
                    data-by="-1"
                    disabled=${at === 0}
                    aria-label=${t('earlier', {name})}
                    onClick=${() => move(name, -1)}
                  >
                    ↑
                  </button>
                  <button
                    type="button"
                    class="plain compact"
                    data-by="1"
                    disabled=${at === chosen.length - 1}
                    aria-label=${t('later', {name})}
                    onClick=${() => move(name, 1)}
                  >
                    ↓
                  </button>
                `
              }
            </li>
          `;
        })}
      </ul>
      <p class="small">${t('devices_hint')}</p>
    </fieldset>
  `;
}

/** How long links work. */
export function Lifetime({value, change, most, least, fault}) {
  const usual = lifetimes.filter(
    one => (!most || seconds(one) <= seconds(most)) && (!least || seconds(one) >= seconds(least)),
  );
  const all = value && !usual.includes(value) ? [value, ...usual] : usual;
  return html`
    <${Field} id="lifetime" label=${t('lifetime')} hint=${t('lifetime_hint')} fault=${fault}>
      ${given => html`
        <select ...${given} value=${value} onChange=${event => change(event.target.value)}>
          ${all.map(one => html`<option key=${one} value=${one}>${span(seconds(one))}</option>`)}
        </select>
      `}
    </${Field}>
  `;
}

export function NewJob() {
  const [draft, change, forget] = useDraft('new-job', {
    name: '',
    devices: null,
    lifetime: null,
    report: '',
  });
  const [file, choose] = useState(null);
  const [fault, blame] = useState();
  const [settings, tell] = useState(null);
  const [unset, complain] = useState();
  const key = useRef({});
  useEffect(() => {
    get('/api/settings').then(tell, complain);
  }, []);
  const all =
    settings?.devices.filter(device => device.channel !== 'voice').map(device => device.name) ?? [];
  const devices =
    draft.devices?.filter(name => all.includes(name)) ??
    settings?.devices.filter(device => device.default).map(device => device.name) ??
    [];
  const lifetime = draft.lifetime ?? settings?.limits.link_lifetime ?? null;
  const put = (name, value) => change(before => ({...before, [name]: value}));
  const [send, {busy, error}] = useAct(async () => {
    const wrong = faultOfFile(file);
    blame(wrong);
    if (wrong) return document.getElementById('file').focus();
    const body = {
      file_name: file.name,
      devices,
      ...(draft.name.trim() && {name: draft.name.trim()}),
      ...(lifetime && {link_lifetime: lifetime}),
      ...(draft.report.trim() && {report_to: draft.report.trim()}),
    };
    // Sent again after no answer came, it is the same job.
    const text = JSON.stringify(body);
    if (key.current.text !== text) key.current = {text, value: newKey()};
    const {body: made} = await ask('POST', '/api/jobs', body, {
      'Idempotency-Key': key.current.value,
    });
    transfer(made.job.id, made.upload, file);
    forget();
    go(`/jobs/${made.job.id}/upload`);
  });
  return html`
    <${Page}
      title=${t('new')}
      crumb=${html`<a href="/jobs">${t('title')}</a>`}
    >
      <${Steps} at="upload" />
      <form
        class="cards wide"
        aria-busy=${busy ? 'true' : undefined}
        onSubmit=${event => {
          event.preventDefault();
          send();
        }}
        novalidate
      >
        <section class="card">
          <h2>${t('file')}</h2>
          <${Drop}
            file=${file}
            fault=${fault ?? faultOf(error, 'file_name')}
            choose=${chosen => {
              choose(chosen);
              blame(faultOfFile(chosen));
            }}
          />
          <${Field}
            id="name"
            label=${t('job_name')}
            hint=${t('job_name_hint')}
            fault=${faultOf(error, 'name')}
          >
            ${given => html`
              <input
                ...${given}
                value=${draft.name}
                onInput=${event => put('name', event.target.value)}
                autocomplete="off"
              />
            `}
          </${Field}>
          <${Problem}
            error=${besides(error, 'file_name', 'name', 'link_lifetime', 'report_to') ?? unset}
          />
          <div class="row"><button type="submit">${t('upload')}</button></div>
          <p class="small">${t('nothing_yet')}</p>
        </section>
        <section class="card">
          <h2>${t('how')}</h2>
          ${
            settings &&
            html`
              <div class="field">
                <${Devices} all=${all} chosen=${devices} change=${value => put('devices', value)} />
                ${devices.length === 0 && html`<p class="fault">${t('devices_none')}</p>`}
              </div>
              <${Lifetime}
                value=${lifetime}
                change=${value => put('lifetime', value)}
                least=${settings.limits.link_lifetime_minimum}
                most=${settings.limits.link_lifetime_maximum}
                fault=${faultOf(error, 'link_lifetime')}
              />
            `
          }
          <${Field}
            id="report"
            label=${t('report_to')}
            hint=${t('report_hint')}
            fault=${faultOf(error, 'report_to')}
          >
            ${given => html`
              <input
                ...${given}
                type="email"
                value=${draft.report}
                onInput=${event => put('report', event.target.value)}
                autocomplete="email"
              />
            `}
          </${Field}>
        </section>
      </form>
    </${Page}>
  `;
}
