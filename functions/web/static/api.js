// Calls to the API, and what is said of an answer that isn't the one asked for.

import {moment} from './formats.js';
import {textOf} from './texts.js';

const patience = 20_000; // milliseconds until an answer is given up on

/** No answer came: the network, or the time, is up. */
export class Unreachable extends Error {}

/** A refusal: its status, its code ("job_busy"), its fields, and until when to wait. */
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
 * Calls the API. Returns the status, the body (null if it isn't JSON), how many seconds
 * it asks to wait, and until when that is, as the reader's browser writes it. Throws
 * Unreachable if no answer comes in time.
 */
export async function call(method, path, body, headers = {}) {
  const sent = body && {
    body: JSON.stringify(body),
    headers: {'Content-Type': 'application/json', ...headers},
  };
  try {
    const answer = await fetch(path, {method, signal: AbortSignal.timeout(patience), ...sent});
    const seconds = answer.headers.get('Retry-After');
    return {
      status: answer.status,
      body: parse(await answer.text()),
      seconds: Number(seconds),
      until: seconds && moment(Date.now() + seconds * 1000),
    };
  } catch {
    throw new Unreachable();
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Calls the API for its answer: {status, body, seconds}. Throws a refusal as Refused. A
 * user who isn't signed in is led to the sign-in page.
 */
export async function ask(method, path, body, headers) {
  const answer = await call(method, path, body, headers);
  if (answer.status === 401) return leave();
  const isEmpty = answer.body === null && answer.status !== 204;
  if (answer.status >= 400 || isEmpty) throw new Refused(answer);
  return answer;
}

/** Returns the body of a GET. Values that are empty are left out of the query. */
export async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  const asked = given.length ? `${path}?${new URLSearchParams(given)}` : path;
  const {body} = await ask('GET', asked);
  return body;
}

/** Goes to the sign-in page, which leads back here. useDraft stores what is typed. */
function leave() {
  location.assign(`/sign-in?then=${encodeURIComponent(location.pathname + location.search)}`);
  return new Promise(() => {}); // nothing goes on until the page is gone
}

/** A key under which a request is done once, however often it is sent. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only a page of https or localhost has the above.
  const random = crypto.getRandomValues(new Uint8Array(16));
  return [...random].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** What to say of an answer or an error that a page has no words of its own for. */
export function trouble(found) {
  if (found instanceof Unreachable) return textOf('unreachable');
  return found.status === 429 && found.until ? textOf('too_many', found) : textOf('failed');
}

/**
 * What to say of an error, a line each: the page's words for its code, else what the API
 * says of the fields, else what it says in all.
 */
export function linesOf(error) {
  const known = textOf(`console.error_${error.code}`);
  if (known) return [known];
  if (error.fields?.length) return error.fields.map(field => field.message);
  if (!(error instanceof Refused) || (error.status === 429 && error.until)) return [trouble(error)];
  return [error.message && error.status < 500 ? error.message : textOf('failed')];
}
