// The headers whose columns were mapped, so that later files with them need no decision: an
// administrator sees them here, and has a wrong one forgotten.

import {ask} from '../api.js';
import {time} from '../formats.js';
import {usePages} from '../hooks.js';
import {Dialog} from '../parts/controls.js';
import {asGiven, userLink} from '../parts/figures.js';
import {List} from '../parts/table.js';
import {say} from '../parts/toast.js';
import {counted, textOf} from '../texts.js';
import {html, useState} from '../view.js';

const path = '/api/mappings';
const fewNames = 3; // tell a header apart

/** A header by its first names. */
function HeaderName({of: {header}}) {
  const names = header.slice(0, fewNames).map((name, i) => html`${i > 0 && ', '}${asGiven(name)}`);
  return html`${names}${header.length > fewNames && ' …'}`;
}

/** What each column of a header becomes. A column that has one of our names is that. */
const Becomes = ({of: {header, columns}}) => html`
  <details class="inline">
    <summary>${counted('records.remembered_columns', header.length)}</summary>
    <ul class="changes">
      ${header.map(
        name => html`
          <li key=${name}>${asGiven(name)}: <ins>${becomes(columns[name], name)}</ins></li>
        `,
      )}
    </ul>
  </details>
`;

const becomes = (field, name) =>
  field === null ? textOf('jobs.columns_nothing') : (field ?? name);

const tableColumns = forget => [
  {
    name: textOf('jobs.columns_column'),
    head: true,
    cell: one => html`<${HeaderName} of=${one} />`,
  },
  {name: textOf('jobs.columns_becomes'), cell: one => html`<${Becomes} of=${one} />`},
  {
    name: textOf('records.at'),
    cell: one => html`<span class="nowrap">${time(one.mapped_at)}</span>`,
  },
  {name: textOf('records.actor'), cell: one => userLink(one.mapped_by)},
  {
    name: textOf('records.job'),
    cell: one =>
      html`<a class="nowrap" href=${`/jobs/${one.job}`}>${textOf('records.open_job')}</a>`,
  },
  {
    name: textOf('records.forget'),
    beside: true,
    cell: one => html`
      <button type="button" class="second compact nowrap" onClick=${() => forget(one)}>
        ${textOf('records.forget')}
      </button>
    `,
  },
];

export function Remembered() {
  const pages = usePages(path, {});
  const [asked, setAsked] = useState(null);
  const close = () => setAsked(null);
  const forget = async () => {
    await ask('DELETE', `${path}/${asked.id}`, {});
    say(textOf('records.forgotten'));
    close();
    pages.again();
  };
  return html`
    <section class="card" aria-labelledby="remembered">
      <h2 id="remembered">${textOf('records.remembered')}</h2>
      <p>${textOf('records.remembered_text')}</p>
      <${List}
        pages=${pages}
        caption=${textOf('records.remembered')}
        columns=${tableColumns(setAsked)}
        id=${({id}) => id}
        none=${html`<p class="quiet">${textOf('records.remembered_none')}</p>`}
      />
      ${
        asked &&
        html`
          <${Dialog}
            title=${textOf('records.forget_title')}
            confirm=${textOf('records.forget')}
            close=${close}
            act=${forget}
          >
            <p><${HeaderName} of=${asked} /></p>
            <p>${textOf('records.forget_text')}</p>
          </${Dialog}>
        `
      }
    </section>
  `;
}
