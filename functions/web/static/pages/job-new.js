// A new job: its file, its name, the devices that it may use. The first step of the
// wizard.

import {ask, get, newKey} from '../api.js';
import {useAction, useDraft} from '../hooks.js';
import {Field, Problem, besides, faultOf} from '../parts/controls.js';
import {Devices, Lifetime} from '../parts/delivery.js';
import {Drop, Encoding, faultOfFile, useEncoding} from '../parts/file.js';
import {Steps} from '../parts/job.js';
import {Page} from '../parts/page.js';
import {transfer} from '../parts/transfer.js';
import {go} from '../router.js';
import {textOf} from '../texts.js';
import {html, useEffect, useRef, useState} from '../view.js';

// Those that show what is wrong with them.
const fields = ['file_name', 'encoding', 'name', 'link_lifetime', 'report_to'];

export function NewJob() {
  const [draft, setDraft, forgetDraft] = useDraft('new-job', {
    name: '',
    devices: null,
    lifetime: null,
    report: '',
  });
  const [file, setFile] = useState(null);
  const [fault, setFault] = useState();
  const [settings, setSettings] = useState(null);
  const [settingsError, setSettingsError] = useState();
  const encoding = useEncoding();
  const key = useRef({});
  useEffect(() => {
    get('/api/settings').then(setSettings, setSettingsError);
  }, []);
  const all =
    settings?.devices.filter(device => device.channel !== 'voice').map(device => device.name) ?? [];
  const devices =
    draft.devices?.filter(name => all.includes(name)) ??
    settings?.devices.filter(device => device.default).map(device => device.name) ??
    [];
  const lifetime = draft.lifetime ?? settings?.limits.link_lifetime ?? null;
  const put = (name, value) => setDraft(before => ({...before, [name]: value}));
  const [send, {busy, error}] = useAction(async () => {
    const wrong = faultOfFile(file);
    setFault(wrong);
    if (wrong) return document.getElementById('file').focus();
    if (!(await encoding.settled())) return;
    const body = {
      file_name: file.name,
      devices,
      // What is wrong with a file in UTF-8 is told when it is validated.
      ...(encoding.proposed && encoding.chosen !== 'utf-8' && {encoding: encoding.chosen}),
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
    forgetDraft();
    go(`/jobs/${made.job.id}/upload`);
  });
  const parts = {settings, devices: all, chosen: {devices, lifetime}, draft, put, error};
  return html`
    <${Page}
      title=${textOf('jobs.new')}
      crumb=${html`<a href="/jobs">${textOf('jobs.title')}</a>`}
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
          <h2>${textOf('jobs.file')}</h2>
          <${Drop}
            file=${file}
            fault=${fault ?? faultOf(error, 'file_name') ?? faultOf(error, 'encoding')}
            choose=${chosen => {
              const wrong = faultOfFile(chosen);
              setFile(chosen);
              setFault(wrong);
              encoding.look(wrong ? null : chosen);
            }}
          />
          ${encoding.proposed && html`<${Encoding} ...${encoding} />`}
          <${Field}
            id="name"
            label=${textOf('jobs.job_name')}
            hint=${textOf('jobs.job_name_hint')}
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
          <${Problem} error=${besides(error, ...fields) ?? settingsError} />
          <div class="row">
            <button type="submit" disabled=${!settings}>${textOf('jobs.upload')}</button>
          </div>
          <p class="small">${textOf('jobs.nothing_yet')}</p>
        </section>
        <${How} ...${parts} />
      </form>
    </${Page}>
  `;
}

/** How users are reached, and the address that reports go to. */
const How = ({settings, devices, chosen, draft, put, error}) => html`
  <section class="card">
    <h2>${textOf('jobs.how')}</h2>
    ${
      settings &&
      html`
        <div class="field">
          <${Devices}
            all=${devices}
            chosen=${chosen.devices}
            change=${value => put('devices', value)}
          />
          ${
            chosen.devices.length === 0 && html`<p class="fault">${textOf('jobs.devices_none')}</p>`
          }
        </div>
        <${Lifetime}
          value=${chosen.lifetime}
          change=${value => put('lifetime', value)}
          least=${settings.limits.link_lifetime_minimum}
          most=${settings.limits.link_lifetime_maximum}
          fault=${faultOf(error, 'link_lifetime')}
        />
      `
    }
    <${Field}
      id="report"
      label=${textOf('jobs.report_to')}
      hint=${textOf('jobs.report_hint')}
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
`;
