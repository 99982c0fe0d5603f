// Setting a password, by the link that was opened or by a code that is typed.
//
// Opening the page posts nothing but the check, which changes nothing: mail scanners open
// links and run scripts.

import {
  call,
  company,
  complain,
  message,
  moment,
  onSubmit,
  prefill,
  reveal,
  show,
  sorry,
  tab,
  trouble,
} from './page.js';
import {passphrase} from './passphrase.js';

const codeForm = document.getElementById('code-form');
const form = document.getElementById('password-form');
const {password} = form.elements;

let proof; // {token}, or {username, code}
let known; // what the last check told
let strength; // how hard a password is to guess, once that is loaded

const check = () => call('POST', '/api/password/check', proof);

/** The page's state that goes with the state of a link or code. */
function stateOf({state, purpose}) {
  if (state === 'valid') return 'form';
  if (proof.code) return 'code-over';
  return purpose === 'reset' && (state === 'expired' || state === 'replaced')
    ? 'reset-over'
    : state;
}

function open(answer) {
  known = answer;
  const {username, sent_to, sent_at, expires_at, policy} = known;
  if (username) tab.set('username', username);
  form.elements.username.value = username ?? '';
  show(stateOf(known), {
    username,
    sent_to,
    sent_at: moment(sent_at),
    expires_at: moment(expires_at),
    ...policy,
  });
  if (!policy) return;
  measure();
  import('./strength.js').then(
    module => {
      ({strength} = module);
      judge();
    },
    () => {},
  ); // without it, nothing is said of the strength
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
  else show('no-link');
}

onSubmit(codeForm, async typed => {
  proof = typed;
  const answer = await check();
  if (answer.status !== 200) return sorry(codeForm, answer);
  if (answer.body.state !== 'valid') {
    return complain(
      codeForm,
      [message(`code_${answer.body.state}`, {}, 'code_invalid')],
      codeForm.elements.code,
    );
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
      refused(answer.body);
      return complain(form, reasons(answer.body), password);
    case 400:
    case 410:
      return over();
    default:
      return sorry(form, answer);
  }
});

/**
 * The link or code ended while the page was open: says how, without a try that would
 * count against the code.
 */
async function over() {
  if (proof.code) return show('code-over');
  const before = known;
  await look();
  if (known !== before && known.state === 'valid') show('invalid');
}

/**
 * Marks what the server found: it knows more words than the page, and the person's name.
 */
function refused(body) {
  const codes = (body?.error?.fields ?? []).map(({code}) => code);
  if (codes.includes('common')) rate(1);
  if (codes.some(code => code.startsWith('contains_'))) mark('need-own', false);
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

/**
 * Marks a need as met (true), not met (false), or not to be said yet (null): to the eye,
 * and in words.
 */
function mark(id, met) {
  document.getElementById(id).dataset.met = met ?? '';
  say(`${id}-said`, met === null ? '' : message(met ? 'need_met' : 'need_open'));
}

/**
 * Whether the password holds the username or the company's name: what the server refuses,
 * as far as a page can know.
 */
function own() {
  const typed = password.value.normalize('NFC').toLowerCase();
  return [known.username, known.username.split('@')[0], company]
    .flatMap(word => [word, word.replaceAll(/\s/g, '')])
    .map(word => word.normalize('NFC').toLowerCase())
    .some(
      word =>
        count(word) > 1 &&
        typed.includes(word) &&
        (count(word) > 4 || count(typed.replaceAll(word, '')) < 8),
    );
}

/** Tells what is met and what isn't, while it is typed. */
function measure() {
  const length = count(password.value);
  const wrong = fault();
  const name = {too_short: 'length', too_long: 'length_over'}[wrong] ?? 'length_enough';
  say('count', length > 0 ? message(name, {...known.policy, count: length}) : '');
  mark('need-length', length > 0 ? !wrong : null);
  mark('need-own', length > 0 ? !own() : null);
  judge();
}

let later;
/** Tells the strength, when the typing pauses. */
function judge() {
  clearTimeout(later);
  if (password.value === '' || !strength) return rate(null);
  later = setTimeout(() => rate(strength(password.value, [known.username, company])), 150);
}

function rate(score) {
  document.getElementById('strength').dataset.score = score ?? '';
  say('strong', score === null ? '' : message(`strength_${score}`));
  mark('need-hard', score === null ? null : score > 2);
}

password.addEventListener('input', () => {
  measure();
  suggested('');
});

/** Shows what was suggested: the field may be too narrow for the whole of it. */
function suggested(text) {
  const words = document.createElement('b');
  words.textContent = text;
  document
    .getElementById('suggested')
    .replaceChildren(...(text ? [words, message('suggested')] : []));
}

document.getElementById('suggest').addEventListener('click', () => {
  password.value = passphrase(known.policy.min_length);
  reveal(password, true);
  measure();
  suggested(password.value);
});

// Who hides the password hides the suggestion.
form.querySelector('[data-reveal]').addEventListener('click', () => suggested(''));

for (const renew of document.querySelectorAll('[data-renew]')) {
  onSubmit(renew, async () => {
    const answer = await call('POST', '/api/link/renew', proof);
    if (answer.status !== 202) return sorry(renew, answer);
    show('renewed', known);
  });
}

const again = document.getElementById('ask-again');
onSubmit(again, async () => {
  const answer = await call('POST', '/api/forgot-password', {username: known.username});
  if (answer.status !== 202) return sorry(again, answer);
  show('asked-again', known);
});

document.getElementById('retry').addEventListener('click', look);
// A second link pasted into the same tab changes the fragment, and loads nothing.
window.addEventListener('hashchange', () => location.hash && start());

if (location.pathname === '/code') {
  show('code');
  prefill(codeForm.elements.username);
} else {
  start();
}
