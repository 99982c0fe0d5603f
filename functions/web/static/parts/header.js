// The bar at the top of the console: who is signed in, the way out, and the sections.

import {ask, call, trouble} from '../api.js';
import {tab} from '../tab.js';
import {nameOf} from './records.js';
import {say} from './toast.js';

/** Brings the bar to life: it tells who is signed in, and signs them out. */
export function startHeader() {
  document.getElementById('sign-out').addEventListener('click', signOut);
  // An earlier page of this tab has told it already.
  const user = tab.get('user');
  if (user) introduce(user);
  // That the API can't be reached is said by the page's own calls.
  ask('GET', '/api/session').then(
    ({body}) => introduce(body.user),
    () => {},
  );
}

function introduce(user) {
  tab.set('user', user);
  document.getElementById('who').textContent = nameOf(user) || user.username;
}

async function signOut() {
  try {
    const answer = await call('POST', '/api/sign-out', {});
    if (answer.status !== 204 && answer.status !== 401) throw answer;
    tab.set('user', null);
    location.assign('/sign-in');
  } catch (error) {
    say(trouble(error));
  }
}

/** Marks the section that a path is in: as the page itself, or as what it belongs to. */
export function markSection(path) {
  const [, section, inside] = path.split('/');
  for (const link of document.querySelectorAll('header nav a')) {
    if (link.getAttribute('href') !== `/${section}`) link.removeAttribute('aria-current');
    else link.setAttribute('aria-current', inside ? 'true' : 'page');
  }
}
