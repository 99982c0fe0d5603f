// All jobs, the newest first.

import {number, time} from '../formats.js';
import {usePages, useSettled} from '../hooks.js';
import {Badge, UsersBar, asGiven, nothing} from '../parts/figures.js';
import {opens} from '../parts/job.js';
import {Page} from '../parts/page.js';
import {List} from '../parts/table.js';
import {setQuery} from '../router.js';
import {textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';

const statuses = [
  'awaiting_file',
  'validating',
  'needs_mapping',
  'validated',
  'rejected',
  'processing',
  'processed',
  'failed',
];

const columns = () => [
  {
    name: textOf('jobs.name'),
    head: true,
    cell: job => html`<a dir="auto" href=${opens(job)}>${job.name}</a>`,
  },
  {
    name: textOf('jobs.status'),
    beside: true,
    cell: job => html`<${Badge} kind="status" of=${job.status} />`,
  },
  {name: textOf('jobs.rows'), num: true, cell: job => number(job.rows.total)},
  {
    name: textOf('jobs.users'),
    cell: job =>
      job.users
        ? html`
            <div>
              <a class="quiet" href=${`/jobs/${job.id}`}>
                ${
                  job.users.total
                    ? textOf('jobs.pending_of', {
                        pending: number(job.users.pending),
                        total: number(job.users.total),
                      })
                    : textOf('jobs.no_users')
                }
              </a>
              ${job.users.total > 0 && html`<${UsersBar} users=${job.users} legend=${false} />`}
            </div>
          `
        : nothing(),
  },
  {
    name: textOf('jobs.created'),
    cell: job => html`<span class="nowrap">${time(job.created_at)}</span>`,
  },
  {
    name: textOf('jobs.created_by'),
    wide: true,
    cell: job => asGiven(job.created_by) ?? textOf('jobs.s3'),
  },
];

export function JobList() {
  const [filters, setFilters] = useState(() =>
    Object.fromEntries(new URLSearchParams(location.search)),
  );
  const q = useSettled(filters.q?.trim() ?? '');
  const status = filters.status ?? '';
  useEffect(() => setQuery({q, status}), [q, status]);
  const pages = usePages('/api/jobs', {q, status});
  const change = event => setFilters({...filters, [event.target.name]: event.target.value});
  const filtered = q || status;
  return html`
    <${Page}
      title=${textOf('jobs.title')}
      acts=${html`<a class="button" href="/jobs/new">${textOf('jobs.new')}</a>`}
    >
      <section class="card" aria-label=${textOf('jobs.title')}>
        <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
          <div class="field">
            <label for="q">${textOf('jobs.search_name')}</label>
            <input
              id="q"
              name="q"
              type="search"
              value=${filters.q ?? ''}
              onInput=${change}
              autocomplete="off"
            />
          </div>
          <div class="field">
            <label for="status">${textOf('jobs.status')}</label>
            <select id="status" name="status" value=${status} onChange=${change}>
              <option value="">${textOf('jobs.any')}</option>
              ${statuses.map(
                one =>
                  html`<option key=${one} value=${one}>${textOf(`jobs.status_${one}`)}</option>`,
              )}
            </select>
          </div>
        </form>
        <${List}
          pages=${pages}
          caption=${textOf('jobs.title')}
          columns=${columns()}
          id=${job => job.id}
          none=${
            filtered
              ? html`<div class="empty"><p>${textOf('jobs.none_found')}</p></div>`
              : html`
                  <div class="empty">
                    <p>${textOf('jobs.none_yet')}</p>
                    <a class="button" href="/jobs/new">${textOf('jobs.new')}</a>
                  </div>
                `
          }
        />
      </section>
    </${Page}>
  `;
}
