// The members of a job: found, told apart by their state, exported, and told again.

import {number, time} from '../formats.js';
import {usePages, useSettled} from '../hooks.js';
import {go, setQuery} from '../router.js';
import {counted, textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';
import {Button, Download, Tabs} from './controls.js';
import {Badge, asGiven, nothing, userLink} from './figures.js';
import {pendingAudiences, reasonOf, setNamed} from './job.js';
import {nameOf} from './records.js';
import {List} from './table.js';

const columns = () => [
  {
    name: textOf('jobs.user'),
    head: true,
    cell: one => html`
      ${userLink(one.username)}
      <span class="small under">${asGiven(nameOf(one))}</span>
    `,
  },
  {
    name: textOf('jobs.state'),
    beside: true,
    cell: one => html`<${Badge} kind="state" of=${one.state} />`,
  },
  {
    name: textOf('jobs.last_message'),
    cell: ({last_delivery: last}) =>
      last
        ? html`
            <span>
              ${
                last.notification
                  ? textOf('jobs.notification', {id: last.notification})
                  : textOf('jobs.link')
              }${last.device ? `, ${last.device}` : ''}${' '}
              <span class="small">${time(last.at)}</span>
            </span>
          `
        : nothing(),
  },
  {
    name: textOf('jobs.delivery'),
    cell: ({last_delivery: last}) =>
      last
        ? html`
            <span>
              <${Badge} kind="delivery" of=${last.state} />
              ${
                last.reason &&
                html`
                  ${' '}
                  <span class="small">${reasonOf(last.reason)}</span>
                `
              }
            </span>
          `
        : nothing(),
  },
  {name: textOf('jobs.row'), num: true, wide: true, cell: one => number(one.row)},
];

const groups = ['', ...pendingAudiences, 'active', 'inactive', 'removed'];

/** The audience of the members that are shown, if they are one as a whole; else null. */
function audienceOfShown(q, show) {
  if (q) return null;
  if (show === '') return 'pending';
  return pendingAudiences.includes(show) ? show : null;
}

const nameOfGroup = group => {
  if (group === '') return textOf('jobs.all');
  // It is no state, but a part of the pending.
  return textOf(group === 'unreached' ? 'jobs.audience_unreached' : `jobs.state_${group}`);
};

const countsOf = users => ({
  '': users.total,
  pending: users.pending,
  expired: users.expired,
  active: users.active,
  inactive: users.inactive || null,
});

/** Reports whether a member can be told anything. */
const isTold = ({state}) => state && state !== 'inactive' && state !== 'removed';

export function Members({job}) {
  const [filters, setFilters] = useState(() => ({
    q: '',
    show: '',
    ...Object.fromEntries(new URLSearchParams(location.search)),
  }));
  const q = useSettled(filters.q.trim());
  const show = groups.includes(filters.show) ? filters.show : '';
  useEffect(() => setQuery({q, show}), [q, show]);
  const group = show === 'unreached' ? {audience: show} : {state: show};
  const pages = usePages(`/api/jobs/${job.id}/members`, {q, ...group}, {size: 25});
  const counts = countsOf(job.users);
  return html`
    <section class="card">
      <div class="row between">
        <h2>${textOf('jobs.members')}</h2>
        <div class="row">
          <${Export} job=${job} state=${group.state} />
          <${Renotify} job=${job} audience=${audienceOfShown(q, show)} pages=${pages} />
        </div>
      </div>
      <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
        <div class="field">
          <label for="q">${textOf('jobs.search_user')}</label>
          <input
            id="q"
            type="search"
            value=${filters.q}
            onInput=${event => setFilters({...filters, q: event.target.value})}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        </div>
      </form>
      <${Tabs}
        label=${textOf('jobs.state')}
        value=${show}
        choose=${value => setFilters({...filters, show: value})}
        of=${groups.map(one => ({value: one, name: nameOfGroup(one), count: counts[one]}))}
      />
      <${List}
        turn
        pages=${pages}
        caption=${textOf('jobs.members')}
        columns=${columns()}
        id=${one => one.username}
        none=${html`
          <div class="empty">
            <p>${textOf(q || show ? 'jobs.members_not_found' : 'jobs.members_none')}</p>
          </div>
        `}
      />
    </section>
  `;
}

/** Exports the members of a state, or all where none is given. */
const Export = ({job, state}) => html`
  <${Download}
    kind="second compact"
    path=${`/api/jobs/${job.id}/files/members`}
    query=${state ? {state} : undefined}
  >
    ${textOf(state ? 'jobs.export_some' : 'jobs.export')}
  </${Download}>
`;

/** Leads to a message for an audience, or for those who are shown. */
function Renotify({job, audience, pages}) {
  const names = (pages.items ?? []).filter(isTold).map(one => one.username);
  const isNobody = audience
    ? countsOf(job.users)[audience] === 0
    : pages.busy || names.length === 0;
  const renotify = () => {
    if (!audience) setNamed(job.id, names);
    go(`/jobs/${job.id}/notify?audience=${audience ?? 'named'}`);
  };
  return html`
    <${Button} kind="compact" disabled=${isNobody} onClick=${renotify}>
      ${audience ? textOf(`jobs.renotify_${audience}`) : counted('jobs.renotify', names.length)}
    </${Button}>
  `;
}
