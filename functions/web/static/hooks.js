// What the pages of the console have in common: they load things, look at them again,
// keep what is typed, and start actions.

import {get} from './api.js';
import {tab} from './tab.js';
import {useCallback, useEffect, useRef, useState} from './view.js';

/**
 * Polls something. poll is given a function that reports whether its answer is still
 * wanted. It returns the milliseconds until the next poll, or null to stop. A page that
 * isn't seen polls nothing. Returns a function that polls at once.
 */
function usePolling(poll, dependencies) {
  const latest = useRef({});
  const again = useCallback(async () => {
    const mine = {};
    latest.current = mine;
    if (document.hidden) return;
    const next = await poll(() => latest.current === mine);
    if (next != null && latest.current === mine) mine.timer = setTimeout(again, next);
  }, dependencies);
  const atOnce = useCallback(() => {
    clearTimeout(latest.current.timer);
    return again();
  }, [again]);
  useEffect(() => {
    atOnce();
    document.addEventListener('visibilitychange', atOnce);
    return () => {
      clearTimeout(latest.current.timer);
      latest.current = {};
      document.removeEventListener('visibilitychange', atOnce);
    };
  }, [atOnce]);
  return atOnce;
}

// What was loaded last, by its path: a page that is opened again shows it at once.
const loaded = new Map();

/** Stores what an answer has told of a path, for the next page that shows it. */
export const remember = (path, value) => loaded.set(path, value);

const mostCalm = 12; // times the pace

/**
 * A thing of the API that changes while it is shown: {value, error, reload}. pace
 * returns after how many milliseconds to load it again, or null. The pauses grow
 * while nothing changes.
 */
export function useThing(path, pace) {
  const [state, setState] = useState({path, value: loaded.get(path)});
  const calm = useRef(1);
  const reload = usePolling(
    async isWanted => {
      let value = loaded.get(path);
      let error;
      try {
        const found = await get(path);
        const changed = JSON.stringify(found, steady) !== JSON.stringify(value, steady);
        calm.current = changed ? 1 : Math.min(calm.current * 1.5, mostCalm);
        value = found;
        loaded.set(path, value);
      } catch (trouble) {
        error = trouble;
        calm.current = Math.min(calm.current * 2, mostCalm);
      }
      if (!isWanted()) return null;
      setState({path, value, error});
      if (error?.status === 404 || error?.status === 403) return null;
      const next = error ? 2_000 : pace(value);
      return next == null ? null : next * calm.current;
    },
    [path],
  );
  return {...(state.path === path ? state : {value: loaded.get(path)}), reload};
}

// Leaves out what changes though nothing has happened.
const steady = (name, value) => (name === 'as_of' ? undefined : value);

const mostPages = 8; // of the API, that may be short or empty, for one page that is shown
const fewItems = 10; // that a page is to have, if the list has them

/**
 * A list of the API, page by page. A page has at least one item, unless the list has
 * ended or too many short pages came. Another path or query begins anew; what is there
 * stays until the first page has come. Returns
 *   items           those that are shown, or null before the first page has come
 *   page            the number of the page
 *   busy, error     of loading
 *   ended           whether there is no further page
 *   more            loads the next page below what is shown, or null
 *   next, back      load another page in its place, or null
 *   again           loads the page anew
 */
export function usePages(path, query, {size = 50} = {}) {
  const key = path && JSON.stringify([path, query]);
  const [state, setState] = useState({items: null, cursor: null});
  const latest = useRef();
  const load = useCallback(
    async (cursors, replace) => {
      const mine = {};
      latest.current = mine;
      setState(before => ({...before, busy: true, error: undefined}));
      try {
        let items = [];
        let cursor = cursors.at(-1);
        const isShort = () => items.length < Math.min(size, fewItems);
        for (let asked = 0; asked < mostPages && isShort(); asked++) {
          const page = await get(path, {...query, limit: size - items.length, cursor});
          if (latest.current !== mine) return;
          items = items.concat(page.items);
          cursor = page.next_cursor;
          if (!cursor) break;
          // What is there is shown while the rest is asked for.
          if (replace && items.length > 0) {
            setState({key, items, cursors, cursor: null, busy: true});
          }
        }
        setState(before => ({
          key,
          items: replace ? items : before.items.concat(items),
          cursors,
          cursor,
          busy: false,
        }));
      } catch (error) {
        if (latest.current === mine) setState(before => ({...before, key, busy: false, error}));
      }
    },
    [key, size],
  );
  useEffect(() => {
    if (path) load([null], true);
    return () => {
      latest.current = null;
    };
  }, [load]);
  const {items, cursors = [], cursor, busy, error} = state;
  const changing = state.key !== key;
  const following = !changing && cursor ? [...cursors, cursor] : null;
  return {
    items,
    page: cursors.length,
    busy: busy || changing,
    error,
    ended: !cursor,
    more: following && (() => load(following, false)),
    next: following && (() => load(following, true)),
    back: !changing && cursors.length > 1 ? () => load(cursors.slice(0, -1), true) : null,
    again: () => load(cursors.length ? cursors : [null], true),
  };
}

/**
 * What is typed: [draft, setDraft, forgetDraft]. It is stored in this tab under a name
 * until it is forgotten: through a reload, and through signing in again.
 */
export function useDraft(name, first) {
  const [draft, setState] = useState(() => tab.get(name) ?? first);
  const setDraft = useCallback(
    next =>
      setState(before => {
        const after = typeof next === 'function' ? next(before) : next;
        tab.set(name, after);
        return after;
      }),
    [name],
  );
  const forgetDraft = useCallback(() => tab.set(name, null), [name]);
  return [draft, setDraft, forgetDraft];
}

/** The value as it was when it last stood still for so many milliseconds. */
export function useSettled(value, pause = 300) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [JSON.stringify(value)]);
  return settled;
}

/**
 * Something that a button starts: [run, {busy, error}]. While it runs it isn't started
 * again. An error stays until the next try.
 */
export function useAction(action) {
  const [state, setState] = useState({});
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
    setState({busy: true});
    let error;
    try {
      await action(...values);
    } catch (trouble) {
      error = trouble;
    }
    running.current = false;
    if (alive.current) setState({error});
  };
  return [run, state];
}
