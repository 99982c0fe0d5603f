// What a new password needs, and what of it is met, while it is typed.

import {company} from '../begin.js';
import {textOf} from '../texts.js';
import {wordsOfPassphrases} from './passphrase.js';
import {judge} from './strength.js';

const pause = 150; // milliseconds without typing until the strength is told

/** How many characters a password counts as: code points, in the form that is stored. */
const count = text => [...text.normalize('NFC')].length;

/** The text that goes with a password's length, if that is wrong. */
export function faultOfLength(password, {min_length, max_length}) {
  const length = count(password);
  if (length < min_length) return 'too_short';
  return length > max_length ? 'too_long' : null;
}

/**
 * Reports whether a password holds the username or the company's name: what the server
 * refuses, as far as a page can know.
 */
export function holdsOwnWords(password, username, companyName) {
  const typed = password.normalize('NFC').toLowerCase();
  const names = [username, username.split('@')[0], companyName];
  return names
    .flatMap(name => [name, name.replaceAll(/\s/g, '')])
    .map(name => name.normalize('NFC').toLowerCase())
    .filter(name => count(name) > 1 && typed.includes(name))
    .some(name => count(name) > 4 || count(typed.replaceAll(name, '')) < 8);
}

/**
 * Says something in a place, unless it stands there: live regions would read it again.
 */
function sayIn(id, text) {
  const place = document.getElementById(id);
  if (place.textContent !== text) place.textContent = text;
}

/** Marks a need as met, not met, or not to be said yet (null): visibly, and in words. */
function mark(id, met) {
  document.getElementById(id).dataset.met = met ?? '';
  sayIn(`${id}-said`, met === null ? '' : textOf(met ? 'need_met' : 'need_open'));
}

/** Tells the strength, from 0 to 4; null says nothing of it. */
function rate(score) {
  document.getElementById('strength').dataset.score = score ?? '';
  sayIn('strong', score === null ? '' : textOf(`strength_${score}`));
  mark('need-hard', score === null ? null : score > 2);
}

/** The needs of a password in a field, for the user and by the policy of a check. */
export class Needs {
  #field;
  #known;
  #judge; // how hard a password is to guess
  #timer;

  constructor(field) {
    this.#field = field;
  }

  /** Begins with what a check has told: {username, policy}. */
  begin(known) {
    this.#known = known;
    this.#judge ??= judge(wordsOfPassphrases());
    this.measure();
  }

  /** Tells what is met and what isn't. */
  measure() {
    const {username, policy} = this.#known;
    const password = this.#field.value;
    const length = count(password);
    const wrong = faultOfLength(password, policy);
    const text = {too_short: 'length', too_long: 'length_over'}[wrong] ?? 'length_enough';
    sayIn('count', length > 0 ? textOf(text, {...policy, count: length}) : '');
    mark('need-length', length > 0 ? !wrong : null);
    mark('need-own', length > 0 ? !holdsOwnWords(password, username, company()) : null);
    this.#tellStrength();
  }

  /** Tells the strength when the typing pauses. */
  #tellStrength() {
    clearTimeout(this.#timer);
    const password = this.#field.value;
    if (password === '') return rate(null);
    const words = [this.#known.username, company()];
    this.#timer = setTimeout(() => rate(this.#judge(password, words)), pause);
  }

  /** Marks what the server found. It knows more words than the page. */
  refused(codes) {
    if (codes.includes('common')) {
      clearTimeout(this.#timer);
      rate(1);
    }
    if (codes.some(code => code.startsWith('contains_'))) mark('need-own', false);
  }
}
