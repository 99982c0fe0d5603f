// What a page of the console begins with.

import {company} from '../begin.js';
import {textOf} from '../texts.js';
import {html, useEffect, useRef} from '../view.js';
import {asGiven} from './figures.js';

let opened = false; // the first page of a visit leaves the focus to the browser

/**
 * A page: its heading, what stands beside it, and the title of the window. Going to
 * another page brings the reader to its heading.
 */
export function Page({title, name, crumb, under, acts, children}) {
  const heading = useRef();
  useEffect(() => {
    document.title = [title, name, company()].filter(Boolean).join(' · ');
  }, [title, name]);
  useEffect(() => {
    if (opened) {
      scrollTo(0, 0);
      heading.current.focus();
    }
    opened = true;
  }, []);
  return html`
    <div class="head">
      <div>
        ${crumb && html`<p class="crumb">${crumb}</p>`}
        <h1 tabindex="-1" ref=${heading}>${name ? asGiven(name) : title}</h1>
        ${under && html`<p class="small row">${under}</p>`}
      </div>
      ${acts && html`<div class="row">${acts}</div>`}
    </div>
    ${children}
  `;
}

/** What stands in the place of a list that is loaded. */
export const Skeletons = ({lines = 5}) => html`
  <div aria-hidden="true">
    ${Array.from({length: lines}, (_, i) => html`<p key=${i}><span class="skeleton"></span></p>`)}
  </div>
  <p class="unseen" role="status">${textOf('jobs.loading')}</p>
`;
