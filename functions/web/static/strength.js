// How hard a password is to guess, by zxcvbn. What is taken is the server's to say: it
// knows more words.

import {words} from './passphrase.js';
import {ZxcvbnFactory} from './vendor/zxcvbn.js';
import {graphs, passwords} from './vendor/zxcvbn-data.js';

// Substitutions and length are bounded so that a judgement takes milliseconds.
const zxcvbn = new ZxcvbnFactory({
  dictionary: {passwords, words},
  graphs,
  l33tMaxSubstitutions: 16,
  maxLength: 64,
});

/**
 * From 0, guessed at once, to 4, guessed by nobody. The words are the person's and the
 * company's: they add nothing.
 */
export function strength(password, words) {
  return zxcvbn.check(password, words).score;
}
