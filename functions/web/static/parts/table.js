// Lists of the API as tables.

import {number} from '../formats.js';
import {counted, textOf} from '../texts.js';
import {html} from '../view.js';
import {Button, Trouble} from './controls.js';
import {Skeletons} from './page.js';

/**
 * A table. Its columns are [{name, cell(item), num, head, beside, wide}]. head names the
 * row; if it is a number, its column's name does so too. On a phone, beside stands next
 * to the head, and wide is left out.
 */
export const Table = ({caption, columns, items, id}) => html`
  <table class="table" role="table">
    <caption class="unseen">${caption}</caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map(
          column => html`
            <th
              key=${column.name}
              scope="col"
              role="columnheader"
              class=${column.num && !column.head ? 'num' : ''}
            >
              ${column.name}
            </th>
          `,
        )}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${items.map(
        (item, i) => html`
          <tr role="row" key=${id ? id(item) : i}>
            ${columns.map(column =>
              column.head
                ? html`
                    <th
                      key=${column.name}
                      scope="row"
                      role="rowheader"
                      data-label=${column.name}
                      class=${column.num ? 'numbered' : ''}
                    >
                      ${column.cell(item)}
                    </th>
                  `
                : html`
                    <td
                      key=${column.name}
                      role="cell"
                      data-label=${column.name}
                      class=${['num', 'beside', 'wide'].filter(one => column[one]).join(' ')}
                    >
                      ${column.cell(item)}
                    </td>
                  `,
            )}
          </tr>
        `,
      )}
    </tbody>
  </table>
`;

/** A list of usePages as a table, with what is below it. turn shows a page at a time. */
export function List({pages, none, turn, ...table}) {
  const {items, error, more, next, back, again} = pages;
  const goesOn = turn ? next || back : more;
  const Below = turn ? Turn : More;
  return html`
    <${Trouble} error=${error} again=${again} />
    ${
      items === null
        ? !error && html`<${Skeletons} />`
        : html`<${Items} pages=${pages} none=${none} table=${table} />`
    }
    ${items !== null && goesOn && html`<div class="more"><${Below} pages=${pages} /></div>`}
  `;
}

/** The items of a list, or what is said where it has none. */
function Items({pages, none, table}) {
  const {items, error, busy, ended, page} = pages;
  if (items.length > 0 || !ended) {
    return html`
      <div aria-busy=${busy ? 'true' : undefined}>
        <${Table} items=${items} ...${table} />
      </div>
    `;
  }
  if (error) return null;
  return page < 2 ? none : html`<p class="quiet">${textOf('jobs.list_end')}</p>`;
}

/** Leads to the page before and after the one that is shown. */
function Turn({pages: {items, busy, next, back, page}}) {
  const shown = textOf('jobs.list_page', {page: number(page)});
  return html`
    <${Button} kind="second" disabled=${!back} busy=${busy && back} onClick=${() => back?.()}>
      ${textOf('jobs.back')}
    </${Button}>
    <${Button} kind="second" disabled=${!next} busy=${busy && next} onClick=${() => next?.()}>
      ${textOf('jobs.next')}
    </${Button}>
    <p role="status">${items.length === 0 ? textOf('jobs.list_seek') : shown}</p>
  `;
}

/** Loads another page below what is shown. */
function More({pages: {items, busy, more}}) {
  const shown = counted('jobs.list_shown', items.length);
  return html`
    <${Button} kind="second" busy=${busy} onClick=${more}>${textOf('jobs.more')}</${Button}>
    <p role="status">${items.length === 0 ? textOf('jobs.list_seek') : shown}</p>
  `;
}
