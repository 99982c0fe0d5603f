// All users: found by the start of the username, or by a whole address.

import {Badge, List, Page} from './parts.js';
import {nameOf, r, userPath} from './words.js';
import {html, setQuery, useEffect, usePages, useSettled, useState} from './view.js';

const columns = [
  {
    name: r('username'),
    head: true,
    cell: user => html`<a href=${userPath(user.username)}>${user.username}</a>`,
  },
  {name: r('name'), cell: user => nameOf(user) || null},
  {
    name: r('state'),
    beside: true,
    cell: user => html`<${Badge} kind="state" of=${user.state} />`,
  },
  {name: r('roles'), cell: user => user.roles.join(', ') || null},
];

export function Users() {
  const [typed, set] = useState(() => new URLSearchParams(location.search).get('q') ?? '');
  const q = useSettled(typed.trim());
  useEffect(() => setQuery({q}), [q]);
  const pages = usePages('/api/users', {q});
  return html`
    <${Page} title=${r('users')}>
      <section class="card" aria-label=${r('users')}>
        <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
          <div class="field">
            <label for="q">${r('find')}</label>
            <input
              id="q"
              type="search"
              value=${typed}
              onInput=${event => set(event.target.value)}
              autocomplete="off"
              autocapitalize="none"
              spellcheck="false"
              aria-describedby="q-hint"
            />
            <p class="small" id="q-hint">${r('find_hint')}</p>
          </div>
        </form>
        <${List}
          pages=${pages}
          caption=${r('users')}
          columns=${columns}
          id=${user => user.username}
          none=${html`
            <div class="empty"><p>${q ? r('users_not_found') : r('users_none')}</p></div>
          `}
        />
      </section>
    </${Page}>
  `;
}
