// What was done, by whom, to whom, from where, with which result.

import {time} from './console.js';
import {List, Page} from './parts.js';
import {r, userPath, word} from './words.js';
import {html, setQuery, useEffect, usePages, useSettled, useState} from './view.js';

const columns = [
  {
    name: r('at'),
    head: true,
    cell: entry => html`<span class="nowrap">${time(entry.at)}</span>`,
  },
  {name: r('action'), cell: entry => word('action', entry.action)},
  {
    name: r('actor'),
    cell: entry => (entry.actor ? html`<a href=${userPath(entry.actor)}>${entry.actor}</a>` : null),
  },
  {
    name: r('target'),
    cell: entry =>
      entry.target ? html`<a href=${userPath(entry.target)}>${entry.target}</a>` : null,
  },
  {
    name: r('job'),
    cell: entry => (entry.job ? html`<a href=${`/jobs/${entry.job}`}>${r('open_job')}</a>` : null),
  },
  {name: r('source_ip'), cell: entry => entry.source_ip},
  {
    name: r('result'),
    cell: entry => html`
      <span class="badge" data-tone=${entry.result === 'ok' ? 'good' : 'bad'}>
        ${word('result', entry.result)}
      </span>
    `,
  },
];

/**
 * A time that was typed in the reader's zone, as the API takes it; "" for one that isn't
 * whole yet.
 */
function moment(typed) {
  const at = new Date(typed);
  return typed && !isNaN(at) ? at.toISOString() : '';
}

export function Audit() {
  const [by, set] = useState(() => Object.fromEntries(new URLSearchParams(location.search)));
  const {username = '', job = '', from = '', to = ''} = useSettled(by);
  useEffect(() => setQuery({username, job, from, to}), [username, job, from, to]);
  const pages = usePages('/api/audit', {
    username: username.trim(),
    job: job.trim(),
    from: moment(from),
    to: moment(to),
  });
  const change = event => set({...by, [event.target.name]: event.target.value});
  const field = (name, type) => html`
    <div class="field">
      <label for=${name}>${r(`by_${name}`)}</label>
      <input
        id=${name}
        name=${name}
        type=${type}
        value=${by[name] ?? ''}
        onInput=${change}
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
      />
    </div>
  `;
  const filtered = username || job || from || to;
  return html`
    <${Page} title=${r('audit')} under=${r('audit_text')}>
      <section class="card" aria-label=${r('audit')}>
        <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
          ${field('username', 'search')}${field('job', 'search')}${field(
            'from',
            'datetime-local',
          )}${field('to', 'datetime-local')}
        </form>
        <${List}
          pages=${pages}
          caption=${r('audit')}
          columns=${columns}
          none=${html`
            <div class="empty"><p>${filtered ? r('audit_not_found') : r('audit_none')}</p></div>
          `}
        />
      </section>
    </${Page}>
  `;
}
