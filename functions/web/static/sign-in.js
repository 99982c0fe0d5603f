// Signing in and out, and who is signed in.

import {call, complain, message, moment, onSubmit, prefill, show, sorry} from './page.js';

const form = document.getElementById('sign-in');
const {username, password} = form.elements;
const toConsole = document.getElementById('console');
const toApp = document.getElementById('continue'); // none without an APP_URL

/**
 * Where in the console an administrator came from, as ?then= says it, else the jobs.
 * Nothing but a page of the console is led to: the parameter may be anybody's.
 */
function cameFrom() {
  const asked = new URLSearchParams(location.search).get('then') ?? '';
  try {
    const {origin, pathname, search} = new URL(asked, location.origin);
    if (origin === location.origin && /^\/(jobs|users|audit|settings)(\/|$)/.test(pathname)) {
      return pathname + search;
    }
  } catch {
    // It is no address.
  }
  return '/jobs';
}

function welcome({user, expires_at}) {
  show('signed-in', {
    username: user.username,
    name: [user.first_name, user.last_name].filter(Boolean).join(' ') || null,
    roles: user.roles.join(', ') || message('no_roles'),
    expires_at: moment(expires_at),
  });
  toConsole.hidden = !user.roles.includes('Administrator');
  toConsole.href = cameFrom();
  toApp?.classList.toggle('second', !toConsole.hidden);
}

onSubmit(form, async typed => {
  const answer = await call('POST', '/api/sign-in', typed);
  if (answer.status === 200) {
    password.value = '';
    welcome(answer.body);
    const next = toConsole.hidden ? toApp : toConsole;
    if (next) location.assign(next.href);
  } else if (answer.status === 429 && answer.until) {
    complain(form, [message('locked', answer)]);
  } else if (answer.status === 401 || answer.status === 422) {
    complain(form, [message('credentials')], password);
  } else {
    sorry(form, answer);
  }
});

const out = document.getElementById('sign-out');
onSubmit(out, async () => {
  const answer = await call('POST', '/api/sign-out', {});
  if (answer.status === 204 || answer.status === 401) show('form');
  else sorry(out, answer);
});

prefill(username);
try {
  const session = await call('GET', '/api/session');
  if (session.status === 200) welcome(session.body);
} catch {
  // Nobody can be told to be signed in: the form is there.
}
