// How a reader goes from one page of the console to another without loading it anew.

import {useEffect, useState} from './view.js';

/**
 * Returns the first of the patterns that a path matches, and the values of its {names};
 * nothing if none does.
 */
export function match(patterns, path) {
  const given = path.split('/');
  for (const pattern of patterns) {
    const values = valuesOf(pattern.split('/'), given);
    if (values) return {pattern, values};
  }
}

function valuesOf(wanted, given) {
  const values = {};
  const fits = (part, i) => {
    if (!part.startsWith('{')) return part === given[i];
    values[part.slice(1, -1)] = decoded(given[i]);
    return values[part.slice(1, -1)] !== '';
  };
  return wanted.length === given.length && wanted.every(fits) ? values : null;
}

/** A segment of a path as text; "" for one that is no text. */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

// The address that is shown. Jumping within a page is told as going back is,
// and changes none of it.
let shown;

const address = () => location.pathname + location.search;

/** Goes to another page of the console. */
export function go(path, {replace = false} = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  dispatchEvent(new Event('moved'));
}

/** Changes what stands behind the ? of the address, for a reload or a bookmark. */
export function setQuery(values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
  const path = query.size ? `${location.pathname}?${query}` : location.pathname;
  history.replaceState(null, '', path);
  shown = address();
}

/**
 * The path that is shown, and the number of the visit: each time that a reader goes
 * somewhere, be it to the same page, is a new one. Links to a path that one of the
 * patterns matches go there without loading it.
 */
export function useVisit(patterns) {
  const [visit, setVisit] = useState({path: location.pathname, number: 0});
  useEffect(() => {
    shown = address();
    const moved = () => {
      shown = address();
      setVisit(before => ({path: location.pathname, number: before.number + 1}));
    };
    const back = () => address() !== shown && moved();
    const follow = event => followLink(event, patterns);
    addEventListener('moved', moved);
    addEventListener('popstate', back);
    document.addEventListener('click', follow);
    return () => {
      removeEventListener('moved', moved);
      removeEventListener('popstate', back);
      document.removeEventListener('click', follow);
    };
  }, []);
  return visit;
}

function followLink(event, patterns) {
  const link = event.target.closest?.('a[href^="/"]');
  if (!link || link.target || link.hasAttribute('download') || event.defaultPrevented) return;
  // With another button or a key, the reader asks for another window.
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (!match(patterns, link.pathname)) return;
  event.preventDefault();
  go(link.getAttribute('href'));
}
