// What was done, by whom, to whom, from where, with which result.

import {time} from '../formats.js';
import {usePages, useSettled} from '../hooks.js';
import {asGiven, userLink} from '../parts/figures.js';
import {Page} from '../parts/page.js';
import {wordOf} from '../parts/records.js';
import {List} from '../parts/table.js';
import {setQuery} from '../router.js';
import {textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';

const columns = () => [
  {
    name: textOf('records.at'),
    head: true,
    cell: entry => html`<span class="nowrap">${time(entry.at)}</span>`,
  },
  {name: textOf('records.action'), cell: entry => wordOf('action', entry.action)},
  {name: textOf('records.actor'), cell: entry => userLink(entry.actor)},
  {name: textOf('records.target'), cell: entry => userLink(entry.target)},
  {
    name: textOf('records.job'),
    cell: entry =>
      entry.job ? html`<a href=${`/jobs/${entry.job}`}>${textOf('records.open_job')}</a>` : null,
  },
  {name: textOf('records.source_ip'), cell: entry => asGiven(entry.source_ip)},
  {
    name: textOf('records.result'),
    cell: entry => html`
      <span class="badge" data-tone=${entry.result === 'ok' ? 'good' : 'bad'}>
        ${wordOf('result', entry.result)}
      </span>
    `,
  },
];

/**
 * A time that was typed in the reader's zone, as the API takes it; "" for one that isn't
 * whole yet.
 */
function inUTC(typed) {
  const at = new Date(typed);
  return typed && !isNaN(at) ? at.toISOString() : '';
}

export function Audit() {
  const [filters, setFilters] = useState(() =>
    Object.fromEntries(new URLSearchParams(location.search)),
  );
  const {username = '', job = '', from = '', to = ''} = useSettled(filters);
  useEffect(() => setQuery({username, job, from, to}), [username, job, from, to]);
  const pages = usePages('/api/audit', {
    username: username.trim(),
    job: job.trim(),
    from: inUTC(from),
    to: inUTC(to),
  });
  const change = event => setFilters({...filters, [event.target.name]: event.target.value});
  const field = (name, type) => html`
    <div class="field">
      <label for=${name}>${textOf(`records.by_${name}`)}</label>
      <input
        id=${name}
        name=${name}
        type=${type}
        value=${filters[name] ?? ''}
        onInput=${change}
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
      />
    </div>
  `;
  const filtered = username || job || from || to;
  return html`
    <${Page} title=${textOf('records.audit')} under=${textOf('records.audit_text')}>
      <section class="card" aria-label=${textOf('records.audit')}>
        <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
          ${field('username', 'search')}
          ${field('job', 'search')}
          ${field('from', 'datetime-local')}
          ${field('to', 'datetime-local')}
        </form>
        <${List}
          pages=${pages}
          caption=${textOf('records.audit')}
          columns=${columns()}
          none=${html`
            <div class="empty">
              <p>${filtered ? textOf('records.audit_not_found') : textOf('records.audit_none')}</p>
            </div>
          `}
        />
      </section>
    </${Page}>
  `;
}
