// How the jobs' pages are drawn: Preact with HTM, and what they all do: load, look again,
// keep what is typed, go to another address.

import {h, render} from './vendor/preact.js';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from './vendor/hooks.js';
import htm from './vendor/htm.js';
import {get, tab} from './console.js';

export {render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState};

export const html = htm.bind(h);

/** Goes to another address of the jobs' pages. */
export function go(path, {replace = false} = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  dispatchEvent(new Event('moved'));
}

/** Changes what stands behind the ? of the address, for a reload or a bookmark. */
export function setQuery(values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
  history.replaceState(null, '', query.size ? `${location.pathname}?${query}` : location.pathname);
}

/**
 * Looks at something again and again: look gives the milliseconds until the next look, or
 * null to stop. A page that isn't seen looks at nothing. Gives a function that has it
 * look at once.
 */
export function useLooks(look, dependencies) {
  const at = useRef({});
  const again = useCallback(async () => {
    const mine = (at.current = {});
    if (document.hidden) return;
    const next = await look(() => at.current === mine);
    if (next != null && at.current === mine) mine.timer = setTimeout(again, next);
  }, dependencies);
  useEffect(() => {
    const back = () => {
      clearTimeout(at.current.timer);
      again();
    };
    back();
    document.addEventListener('visibilitychange', back);
    return () => {
      clearTimeout(at.current.timer);
      at.current = {};
      document.removeEventListener('visibilitychange', back);
    };
  }, [again]);
  return useCallback(() => {
    clearTimeout(at.current.timer);
    return again();
  }, [again]);
}

// What was loaded last, by its path: a page that is opened again shows it at once.
const kept = new Map();

/** Keeps what an answer has told of a path, for whoever shows it next. */
export const remember = (path, value) => kept.set(path, value);

/**
 * A thing of the API that changes while it is looked at: {value, error, look}. pace says
 * after how many milliseconds to look again, or null; the pauses grow while nothing
 * changes.
 */
export function useThing(path, pace) {
  const [state, set] = useState({path, value: kept.get(path)});
  const calm = useRef(1);
  const look = useLooks(
    async current => {
      let value = kept.get(path);
      let error;
      try {
        const found = await get(path);
        const changed = JSON.stringify(found, unsteady) !== JSON.stringify(value, unsteady);
        calm.current = changed ? 1 : Math.min(calm.current * 1.5, 12);
        value = found;
        kept.set(path, value);
      } catch (trouble) {
        error = trouble;
        calm.current = Math.min(calm.current * 2, 12);
      }
      if (!current()) return null;
      set({path, value, error});
      if (error?.status === 404 || error?.status === 403) return null;
      const next = error ? 2_000 : pace(value);
      return next == null ? null : next * calm.current;
    },
    [path],
  );
  return {...(state.path === path ? state : {value: kept.get(path)}), look};
}

// What changes though nothing has happened.
const unsteady = (name, value) => (name === 'as_of' ? undefined : value);

const looksForOne = 8; // pages that may be short or empty are asked for, until this many

/**
 * A list of the API, page by page: {items, more, next, busy, error}. A page has at least
 * one item unless the list has ended or too many short pages came. Another path or query
 * begins anew; what is there stays until the first page has come.
 */
export function usePages(path, query, {size = 50} = {}) {
  const key = path && JSON.stringify([path, query]);
  const [state, set] = useState({items: null, pages: [], cursor: null});
  const wanted = useRef();
  const load = useCallback(
    async (cursors, replace) => {
      const mine = (wanted.current = {});
      set(before => ({...before, busy: true, error: undefined}));
      try {
        let items = [];
        let cursor = cursors.at(-1);
        for (let looks = 0; looks < looksForOne && items.length < Math.min(size, 10); looks++) {
          const page = await get(path, {...query, limit: size - items.length, cursor});
          if (wanted.current !== mine) return;
          items = items.concat(page.items);
          cursor = page.next_cursor;
          if (!cursor) break;
          // What is there is seen while the rest is looked for.
          if (replace && items.length > 0) set({key, items, cursors, cursor: null, busy: true});
        }
        set(before => ({
          key,
          items: replace ? items : before.items.concat(items),
          cursors,
          cursor,
          busy: false,
        }));
      } catch (error) {
        if (wanted.current === mine) set(before => ({...before, key, busy: false, error}));
      }
    },
    [key, size],
  );
  useEffect(() => {
    if (path) load([null], true);
    return () => {
      wanted.current = null;
    };
  }, [load]);
  const {items, cursors = [], cursor, busy, error} = state;
  const changing = state.key !== key;
  return {
    items,
    error,
    busy: busy || changing,
    ended: !cursor,
    more: !changing && cursor ? () => load([...cursors, cursor], false) : null,
    next: !changing && cursor ? () => load([...cursors, cursor], true) : null,
    back: !changing && cursors.length > 1 ? () => load(cursors.slice(0, -1), true) : null,
    again: () => load(cursors.length ? cursors : [null], true),
    page: cursors.length,
  };
}

/**
 * A value that is typed, kept in this tab under a name until it is forgotten: through a
 * reload, and through signing in again.
 */
export function useDraft(name, first) {
  const [value, set] = useState(() => tab.get(name) ?? first);
  const change = useCallback(
    next =>
      set(before => {
        const made = typeof next === 'function' ? next(before) : next;
        tab.set(name, made);
        return made;
      }),
    [name],
  );
  const forget = useCallback(() => tab.set(name, null), [name]);
  return [value, change, forget];
}

/** The value as it was when it last stood still for so many milliseconds. */
export function useSettled(value, pause = 300) {
  const [settled, set] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), pause);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}

/**
 * Something that a button starts: [run, {busy, error}]. While it runs it isn't started
 * again, and an error stays until the next try.
 */
export function useAct(act) {
  const [state, set] = useState({});
  const running = useRef(false);
  const alive = useRef(true);
  useEffect(
    () => () => {
      alive.current = false;
    },
    [],
  );
  const run = async (...values) => {
    if (running.current) return;
    running.current = true;
    set({busy: true});
    let error;
    try {
      await act(...values);
    } catch (trouble) {
      error = trouble;
    }
    running.current = false;
    if (alive.current) set({error});
  };
  return [run, state, () => set({})];
}
