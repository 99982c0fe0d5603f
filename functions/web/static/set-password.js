// Setting a password, by the link that was opened or by a code that is typed.
//
// Opening the page posts nothing but the check, which changes nothing: mail scanners open links and run scripts.

import {call, complain, message, moment, onSubmit, prefill, reveal, show, sorry, tab, trouble} from './page.js';
import {passphrase} from './passphrase.js';

const codeForm = document.getElementById('code-form');
const form = document.getElementById('password-form');
const {password} = form.elements;

let proof; // {token}, or {username, code}
let known; // what the last check told

const check = () => call('POST', '/api/password/check', proof);

/** The page's state that goes with the state of a link or code. */
function stateOf({state, purpose}) {
  if (state === 'valid') return 'form';
  if (proof.code) return 'code-over';
  return purpose === 'reset' && (state === 'expired' || state === 'replaced') ? 'reset-over' : state;
}

function open(answer) {
  known = answer;
  const {username, sent_to, sent_at, expires_at, policy} = known;
  if (username) tab.set('username', username);
  form.elements.username.value = username ?? '';
  show(stateOf(known), {username, sent_to, sent_at: moment(sent_at), expires_at: moment(expires_at), ...policy});
  if (policy) measure();
}

/** Checks the link anew and shows how it is. */
async function look() {
  show('checking');
  try {
    const answer = await check();
    if (answer.status !== 200) throw answer;
    open(answer.body);
  } catch (error) {
    show('unreachable', {reason: trouble(error)});
  }
}

function start() {
  if (location.hash.length > 1) {
    proof = {token: location.hash.slice(1)};
    tab.set('proof', proof);
    // The token stays in no address, no history and no bookmark.
    history.replaceState(null, '', location.pathname);
  } else {
    proof = tab.get('proof');
  }
  if (proof) look();
  else show('invalid');
}

onSubmit(codeForm, async typed => {
  proof = typed;
  const answer = await check();
  if (answer.status !== 200) return sorry(codeForm, answer);
  if (answer.body.state !== 'valid') {
    return complain(codeForm, [message(`code_${answer.body.state}`, {}, 'code_invalid')], codeForm.elements.code);
  }
  tab.set('proof', proof);
  history.replaceState(null, '', '/set-password');
  open(answer.body);
});

onSubmit(form, async () => {
  const wrong = fault();
  if (wrong) return complain(form, [message(wrong, known.policy)], password);
  const answer = await call('POST', '/api/password', {...proof, password: password.value});
  switch (answer.status) {
    case 204:
      tab.set('proof', null);
      password.value = '';
      // Loaded again, this page is the next one.
      history.replaceState(null, '', '/sign-in');
      return show('done', known);
    case 422:
      return complain(form, reasons(answer.body), password);
    case 400:
    case 410:
      return over();
    default:
      return sorry(form, answer);
  }
});

/** The link or code ended while the page was open: says how, without a try that would count against the code. */
async function over() {
  if (proof.code) return show('code-over');
  const before = known;
  await look();
  if (known !== before && known.state === 'valid') show('invalid');
}

function reasons(body) {
  const fields = body?.error?.fields ?? [];
  const texts = fields.map(({code}) => message(code, known.policy, 'rejected'));
  return texts.length > 0 ? texts : [message('rejected')];
}

/** How many characters a password counts as: code points, in the form that is kept. */
const count = text => [...text.normalize('NFC')].length;

/** The message that goes with a password's length, if that is wrong. */
function fault() {
  const length = count(password.value);
  if (length < known.policy.min_length) return 'too_short';
  return length > known.policy.max_length ? 'too_long' : null;
}

const say = (id, text) => {
  const place = document.getElementById(id);
  if (place.textContent !== text) place.textContent = text;
};

/** Tells the length while it is typed: the number to the eye, only that it is enough to the ear. */
function measure() {
  const length = count(password.value), wrong = fault();
  const name = {too_short: 'length', too_long: 'length_over'}[wrong] ?? 'length_enough';
  say('length', message(name, {...known.policy, count: length}));
  document.getElementById('length').classList.toggle('good', !wrong);
  say('enough', length > 0 && !wrong ? message('enough') : '');
}

password.addEventListener('input', () => {
  measure();
  say('suggested', '');
});

document.getElementById('suggest').addEventListener('click', () => {
  password.value = passphrase(known.policy.min_length);
  reveal(password, true);
  measure();
  // The field may be too narrow for the whole of it.
  say('suggested', message('suggested', {passphrase: password.value}));
});

// Who hides the password hides the suggestion.
form.querySelector('[data-reveal]').addEventListener('click', () => say('suggested', ''));

for (const renew of document.querySelectorAll('[data-renew]')) {
  onSubmit(renew, async () => {
    const answer = await call('POST', '/api/link/renew', proof);
    if (answer.status !== 202) return sorry(renew, answer);
    show('renewed', known);
  });
}

document.getElementById('retry').addEventListener('click', look);
// A second link pasted into the same tab changes the fragment, and loads nothing.
window.addEventListener('hashchange', () => location.hash && start());

if (location.pathname === '/code') {
  show('code');
  prefill(codeForm.elements.username);
} else {
  start();
}
