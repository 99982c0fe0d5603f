// Setting a password, by the link that was opened or by a code that is typed.
//
// Opening the page posts nothing but the check, which changes nothing: mail scanners open
// links and run scripts.

import {call, trouble} from '../api.js';
import {moment} from '../formats.js';
import {complain, offerReveal, onSubmit, prefill, reveal, show, sorry} from '../parts/forms.js';
import {Needs, faultOfLength} from '../parts/needs.js';
import {passphrase} from '../parts/passphrase.js';
import {codeIn, tokenIn} from '../parts/pasted.js';
import {tab} from '../tab.js';
import {textOf} from '../texts.js';

let proof; // {token}, or {username, code}
let known; // what the last check told
let needs; // of the password that is typed
let otherTabs; // of the browser: each tells the others whose password it has set

const passwordForm = () => document.getElementById('password-form');
const codeForm = () => document.getElementById('code-form');

export function setPassword() {
  offerReveal();
  needs = new Needs(passwordForm().elements.password);
  listen();
  if (location.pathname === '/code') {
    showCode();
  } else {
    open();
  }
}

function showCode() {
  show('code');
  prefill(codeForm().elements.username);
}

/** Has every form and button of the page's states do what it says. */
function listen() {
  const form = passwordForm();
  const {password} = form.elements;
  onSubmit(form, () => set(form));
  password.addEventListener('input', () => {
    needs.measure();
    suggested('');
  });
  document.getElementById('suggest').addEventListener('click', suggest);
  // Hiding the password hides the suggestion.
  form.querySelector('[data-reveal]').addEventListener('click', () => suggested(''));

  onSubmit(codeForm(), typed => enterCode(codeForm(), typed));
  const pasted = document.getElementById('pasted-form');
  onSubmit(pasted, typed => paste(pasted, typed));
  for (const renewal of document.querySelectorAll('[data-renew]')) {
    onSubmit(renewal, () => renew(renewal));
  }
  for (const again of document.querySelectorAll('[data-ask-again]')) {
    onSubmit(again, () => askAgain(again));
  }
  document.getElementById('retry').addEventListener('click', look);
  // A second link pasted into the same tab changes the fragment, and loads nothing.
  addEventListener('hashchange', () => location.hash && open());
  otherTabs = new BroadcastChannel('password-set');
  otherTabs.addEventListener('message', ({data}) => {
    if (known?.state === 'valid' && known.username === data) done();
  });
}

/** Begins with the link in the address, else with the one that this tab remembers. */
function open() {
  const token = tokenIn(location.href);
  if (token) return begin(token);
  proof = tab.get('proof');
  if (proof) look();
  else show('no-link');
}

/** Begins with the token of a link. */
function begin(token) {
  proof = {token};
  tab.set('proof', proof);
  // The token stays in no address, no history and no bookmark.
  history.replaceState(null, '', '/set-password');
  return look();
}

/** Begins with what was pasted: a link, or a code, which still needs its username. */
function paste(form, {pasted}) {
  const token = tokenIn(pasted);
  if (token) return begin(token);
  const code = codeIn(pasted);
  if (!code) return complain(form, [textOf('not_pasted')], form.elements.pasted);
  history.replaceState(null, '', '/code');
  codeForm().elements.code.value = code;
  showCode();
}

const check = () => call('POST', '/api/password/check', proof);

/** Checks the link anew and shows how it is. */
async function look() {
  show('checking');
  try {
    const answer = await check();
    if (answer.status !== 200) throw answer;
    showState(answer.body);
  } catch (error) {
    show('unreachable', {reason: trouble(error)});
  }
}

/** Shows the state of a link or code, with what the check told. */
function showState(told) {
  known = told;
  const {username, sent_to, sent_at, expires_at, latest_sent_to, latest_sent_at, policy} = known;
  if (username) tab.set('username', username);
  passwordForm().elements.username.value = username ?? '';
  const sent = {sent_to, sent_at: moment(sent_at), expires_at: moment(expires_at)};
  const latest = {latest_sent_to, latest_sent_at: moment(latest_sent_at)};
  show(stateOf(known), {username, ...sent, ...latest, ...policy});
  if (policy) needs.begin(known);
}

/** The page's state that goes with the state of a link or code. */
function stateOf({state, purpose}) {
  if (state === 'valid') return 'form';
  if (proof.code) return 'code-over';
  const isOver = state === 'expired' || state === 'replaced';
  return purpose === 'reset' && isOver ? `reset-${state}` : state;
}

async function enterCode(form, typed) {
  if (typed.code.includes('#')) return begin(tokenIn(typed.code));
  proof = typed;
  const answer = await check();
  if (answer.status !== 200) return sorry(form, answer);
  if (answer.body.state !== 'valid') {
    const reason = textOf(`code_${answer.body.state}`) || textOf('code_invalid');
    return complain(form, [reason], form.elements.code);
  }
  tab.set('proof', proof);
  history.replaceState(null, '', '/set-password');
  showState(answer.body);
}

async function set(form) {
  const {password} = form.elements;
  const wrong = faultOfLength(password.value, known.policy);
  if (wrong) return complain(form, [textOf(wrong, known.policy)], password);
  const answer = await call('POST', '/api/password', {...proof, password: password.value});
  switch (answer.status) {
    case 204:
      otherTabs.postMessage(known.username);
      return done();
    case 422:
      return refused(form, answer.body);
    case 400:
    case 410:
      return over();
    default:
      return sorry(form, answer);
  }
}

/** Says that the password is set, here or in another tab. */
function done() {
  tab.set('proof', null);
  passwordForm().elements.password.value = '';
  // Loaded again, this page is the next one.
  history.replaceState(null, '', '/sign-in');
  show('done', known);
}

/** Says why the server refused a password. */
function refused(form, body) {
  const codes = (body?.error?.fields ?? []).map(({code}) => code);
  const reasons = codes.map(code => textOf(code, known.policy) || textOf('rejected'));
  needs.refused(codes);
  complain(form, reasons.length > 0 ? reasons : [textOf('rejected')], form.elements.password);
}

/**
 * Says how a link or code ended while the page was open. A code isn't
 * tried again for that.
 */
async function over() {
  if (proof.code) return show('code-over');
  const before = known;
  await look();
  if (known !== before && known.state === 'valid') show('invalid');
}

async function renew(form) {
  const answer = await call('POST', '/api/link/renew', proof);
  if (answer.status !== 202) return sorry(form, answer);
  show('renewed', known);
}

async function askAgain(form) {
  const answer = await call('POST', '/api/forgot-password', {username: known.username});
  if (answer.status !== 202) return sorry(form, answer);
  show('asked-again', known);
}

/** Fills in a passphrase, and shows it. */
function suggest() {
  const {password} = passwordForm().elements;
  password.value = passphrase(known.policy.min_length);
  reveal(password, true);
  needs.measure();
  suggested(password.value);
}

/**
 * Shows what was suggested beside the field, which may be too narrow for the whole of it.
 */
function suggested(text) {
  const words = document.createElement('b');
  words.textContent = text;
  const place = document.getElementById('suggested');
  place.replaceChildren(...(text ? [words, textOf('suggested')] : []));
}
