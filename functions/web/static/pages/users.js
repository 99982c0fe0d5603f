// All users: found by the start of the username, or by a whole address.

import {usePages, useSettled} from '../hooks.js';
import {Badge, asGiven, userLink} from '../parts/figures.js';
import {Page} from '../parts/page.js';
import {nameOf} from '../parts/records.js';
import {List} from '../parts/table.js';
import {setQuery} from '../router.js';
import {textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';

const columns = () => [
  {name: textOf('records.username'), head: true, cell: user => userLink(user.username)},
  {name: textOf('records.name'), cell: user => asGiven(nameOf(user)) || null},
  {
    name: textOf('records.state'),
    beside: true,
    cell: user => html`<${Badge} kind="state" of=${user.state} />`,
  },
  {name: textOf('records.roles'), cell: user => user.roles.join(', ') || null},
];

export function Users() {
  const [typed, setTyped] = useState(() => new URLSearchParams(location.search).get('q') ?? '');
  const q = useSettled(typed.trim());
  useEffect(() => setQuery({q}), [q]);
  const pages = usePages('/api/users', {q});
  return html`
    <${Page} title=${textOf('records.users')}>
      <section class="card" aria-label=${textOf('records.users')}>
        <form class="filters" role="search" onSubmit=${event => event.preventDefault()}>
          <div class="field">
            <label for="q">${textOf('records.find')}</label>
            <input
              id="q"
              type="search"
              value=${typed}
              onInput=${event => setTyped(event.target.value)}
              autocomplete="off"
              autocapitalize="none"
              spellcheck="false"
              aria-describedby="q-hint"
            />
            <p class="small" id="q-hint">${textOf('records.find_hint')}</p>
          </div>
        </form>
        <${List}
          pages=${pages}
          caption=${textOf('records.users')}
          columns=${columns()}
          id=${user => user.username}
          none=${html`
            <div class="empty">
              <p>${q ? textOf('records.users_not_found') : textOf('records.users_none')}</p>
            </div>
          `}
        />
      </section>
    </${Page}>
  `;
}
