// Signing in and out, and who is signed in.

import {call} from '../api.js';
import {moment} from '../formats.js';
import {complain, offerReveal, onSubmit, prefill, show, sorry} from '../parts/forms.js';
import {nameOf} from '../parts/records.js';
import {textOf} from '../texts.js';

export async function signIn() {
  offerReveal();
  const form = document.getElementById('sign-in');
  onSubmit(form, typed => send(form, typed));
  const out = document.getElementById('sign-out');
  onSubmit(out, () => signOut(out));
  prefill(form.elements.username);
  try {
    const session = await call('GET', '/api/session');
    if (session.status === 200) welcome(session.body);
  } catch {
    // Nobody can be told to be signed in: the form is there.
  }
}

async function send(form, typed) {
  const {password} = form.elements;
  const answer = await call('POST', '/api/sign-in', typed);
  if (answer.status === 200) {
    password.value = '';
    const next = welcome(answer.body);
    if (next) location.assign(next.href);
  } else if (answer.status === 429 && answer.until) {
    complain(form, [textOf('locked', answer)]);
  } else if (answer.status === 401 || answer.status === 422) {
    complain(form, [textOf('credentials')], password);
  } else {
    sorry(form, answer);
  }
}

async function signOut(form) {
  const answer = await call('POST', '/api/sign-out', {});
  if (answer.status === 204 || answer.status === 401) show('form');
  else sorry(form, answer);
}

/** Says who is signed in. Returns the link that they go on by, if there is any. */
function welcome({user, expires_at}) {
  show('signed-in', {
    username: user.username,
    name: nameOf(user) || null,
    roles: user.roles.join(', ') || textOf('no_roles'),
    expires_at: moment(expires_at),
  });
  const toConsole = document.getElementById('console');
  const toApp = document.getElementById('continue'); // none without an APP_URL
  toConsole.hidden = !user.roles.includes('Administrator');
  toConsole.href = cameFrom();
  toApp?.classList.toggle('second', !toConsole.hidden);
  return toConsole.hidden ? toApp : toConsole;
}

/**
 * Where in the console an administrator came from, as ?then= says it, else the jobs.
 * Nothing but a page of the console is led to: the parameter may be anybody's.
 */
function cameFrom() {
  const asked = new URLSearchParams(location.search).get('then') ?? '';
  try {
    const {origin, pathname, search} = new URL(asked, location.origin);
    const isConsole = /^\/(jobs|users|audit|settings)(\/|$)/.test(pathname);
    if (origin === location.origin && isConsole) return pathname + search;
  } catch {
    // It is no address.
  }
  return '/jobs';
}
