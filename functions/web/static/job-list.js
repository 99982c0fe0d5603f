// All jobs, the newest first.

import {number, time} from './console.js';
import {Badge, List, Page, UsersBar, nothing, opens, t} from './parts.js';
import {html, setQuery, useEffect, usePages, useSettled, useState} from './view.js';

const statuses = [
  'awaiting_file',
  'validating',
  'validated',
  'rejected',
  'processing',
  'processed',
  'failed',
];

const columns = [
  {
    name: t('name'),
    head: true,
    cell: job => html`<a href=${opens(job)}>${job.name}</a>`,
  },
  {
    name: t('status'),
    beside: true,
    cell: job => html`<${Badge} kind="status" of=${job.status} />`,
  },
  {name: t('rows'), num: true, cell: job => number(job.rows.total)},
  {
    name: t('users'),
    cell: job =>
      job.users
        ? html`
            <div>
              <a class="quiet" href=${`/jobs/${job.id}`}>
                ${
                  job.users.total
                    ? t('pending_of', {
                        pending: number(job.users.pending),
                        total: number(job.users.total),
                      })
                    : t('no_users')
                }
              </a>
              ${job.users.total > 0 && html`<${UsersBar} users=${job.users} legend=${false} />`}
            </div>
          `
        : nothing(),
  },
  {
    name: t('created'),
    cell: job => html`<span class="nowrap">${time(job.created_at)}</span>`,
  },
  {name: t('created_by'), wide: true, cell: job => job.created_by ?? t('s3')},
];

export function JobList() {
  const [by, set] = useState(() => Object.fromEntries(new URLSearchParams(location.search)));
  const q = useSettled(by.q?.trim() ?? '');
  const status = by.status ?? '';
  useEffect(() => setQuery({q, status}), [q, status]);
  const pages = usePages('/api/jobs', {q, status});
  const change = event => set({...by, [event.target.name]: event.target.value});
  const filtered = q || status;
  return html`
    <${Page}
      title=${t('title')}
      acts=${html`<a class="button" href="/jobs/new">${t('new')}</a>`}
    >
      <section class="card" aria-label=${t('title')}>
        <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
          <div class="field">
            <label for="q">${t('search_name')}</label>
            <input
              id="q"
              name="q"
              type="search"
              value=${by.q ?? ''}
              onInput=${change}
              autocomplete="off"
            />
          </div>
          <div class="field">
            <label for="status">${t('status')}</label>
            <select id="status" name="status" value=${status} onChange=${change}>
              <option value="">${t('any')}</option>
              ${statuses.map(
                one => html`<option key=${one} value=${one}>${t(`status_${one}`)}</option>`,
              )}
            </select>
          </div>
        </form>
        <${List}
          pages=${pages}
          caption=${t('title')}
          columns=${columns}
          id=${job => job.id}
          none=${
            filtered
              ? html`<div class="empty"><p>${t('none_found')}</p></div>`
              : html`
                  <div class="empty">
                    <p>${t('none_yet')}</p>
                    <a class="button" href="/jobs/new">${t('new')}</a>
                  </div>
                `
          }
        />
      </section>
    </${Page}>
  `;
}
