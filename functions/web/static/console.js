// What the pages of the console share: who is signed in, the API, words, numbers and
// times, and what is said at the bottom.

import {call, message, tab, trouble} from './page.js';

export {message, tab};

const language = document.documentElement.lang;

/**
 * An answer that is a refusal: its status, its code ("job_busy"), its fields, and the
 * moment until which it asks to wait.
 */
export class Refused extends Error {
  constructor({status, body, until}) {
    super(body?.error?.message ?? '');
    this.status = status;
    this.until = until;
    this.code = body?.error?.code ?? '';
    this.fields = body?.error?.fields ?? [];
  }
}

/**
 * Goes to the sign-in page, which leads back here. What was typed is kept by whoever
 * keeps it: see draft() of view.js.
 */
export function leave() {
  location.assign(`/sign-in?then=${encodeURIComponent(location.pathname + location.search)}`);
  return new Promise(() => {}); // nothing goes on until the page is gone
}

/**
 * Calls the API for its answer: {status, body, seconds}. A refusal is thrown as Refused;
 * who isn't signed in leaves.
 */
export async function ask(method, path, body, headers) {
  const answer = await call(method, path, body, headers);
  if (answer.status === 401) return leave();
  if (answer.status >= 400 || (answer.body === null && answer.status !== 204)) {
    throw new Refused(answer);
  }
  return answer;
}

/**
 * The body of a GET, or of one page of a list. Values that are empty are left out of the
 * query.
 */
export async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  return (await ask('GET', given.length ? `${path}?${new URLSearchParams(given)}` : path)).body;
}

/**
 * What to say of an error, in words: by its code, else what the API says. Fields that it
 * names have a line each.
 */
export function words(error) {
  const known = message(`console.error_${error.code}`, {}, 'none');
  if (known) return [known];
  if (error.fields?.length) return error.fields.map(field => field.message);
  if (error instanceof Refused && error.status === 429 && error.until) {
    return [message('too_many', error)];
  }
  if (error instanceof Refused && error.message && error.status < 500) return [error.message];
  return [error instanceof Refused ? message('failed') : trouble(error)];
}

/** A number as the reader's browser writes it. */
export const number = value => (value == null ? '–' : new Intl.NumberFormat().format(value));

/**
 * A share of a whole, in percent: never 100 % while something is missing, nor 0 % while
 * there is something.
 */
export function percent(part, whole) {
  if (!whole) return 0;
  const share = (part * 100) / whole;
  return part === whole ? 100 : part > 0 ? Math.min(99, Math.max(1, Math.round(share))) : 0;
}

/** A time, short: "22 Nov 2026, 19:40". */
export const time = at =>
  at
    ? new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'}).format(
        new Date(at),
      )
    : '–';

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** So many seconds in words, in its two largest units: "2 days 12 hours". */
export function span(seconds) {
  let left = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) {
      parts.push(
        new Intl.NumberFormat(language, {style: 'unit', unit, unitDisplay: 'long'}).format(count),
      );
    }
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return (
    parts.join(' ') ||
    new Intl.NumberFormat(language, {style: 'unit', unit: 'second', unitDisplay: 'long'}).format(0)
  );
}

/** The seconds of a duration as the API writes it: "72h", "1h30m". */
export function seconds(duration) {
  let sum = 0;
  for (const [, count, unit] of String(duration ?? '').matchAll(/([\d.]+)(h|ms|m|s)/g)) {
    sum += count * {h: 3_600, m: 60, s: 1, ms: 0.001}[unit];
  }
  return sum;
}

const plural = new Intl.PluralRules(language);

/** The text for a number of things: name_one or name_other, with its {count}. */
export function counted(name, count, values = {}) {
  return message(`${name}_${plural.select(count) === 'one' ? 'one' : 'other'}`, {
    ...values,
    count: number(count),
  });
}

/** Says something at the bottom of the page, for a while. */
export function say(text) {
  const line = document.createElement('p');
  line.textContent = text;
  document.getElementById('toasts').append(line);
  setTimeout(() => line.remove(), 7_000);
}

/** A key under which a request is done once, however often it is sent. */
export const newKey = () =>
  crypto.randomUUID?.() ??
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('');

function introduce({user}) {
  tab.set('user', user);
  document.getElementById('who').textContent =
    [user.first_name, user.last_name].filter(Boolean).join(' ') || user.username;
}

document.getElementById('sign-out').addEventListener('click', async () => {
  try {
    const answer = await call('POST', '/api/sign-out', {});
    if (answer.status !== 204 && answer.status !== 401) throw answer;
    tab.set('user', null);
    location.assign('/sign-in');
  } catch (error) {
    say(trouble(error));
  }
});

const user = tab.get('user');
if (user) introduce({user});
ask('GET', '/api/session').then(
  ({body}) => introduce(body),
  () => {},
); // who can't be reached is told by the page's own calls
