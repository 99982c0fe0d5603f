// How hard a password is to guess, by zxcvbn. What is taken is the server's to say:
// it knows more words.

import {graphs, passwords} from '../vendor/zxcvbn-data.js';
import {ZxcvbnFactory} from '../vendor/zxcvbn.js';

/**
 * Returns a judge, to whom words of passphrases are known: it is given a password, and the
 * words of the person and the company, which add nothing. It returns from 0, guessed at
 * once, to 4, guessed by nobody.
 */
export function judge(known) {
  const zxcvbn = new ZxcvbnFactory({
    dictionary: {passwords, words: known},
    graphs,
    // Bounded so that a judgement takes milliseconds.
    l33tMaxSubstitutions: 16,
    maxLength: 64,
  });
  return (password, words) => zxcvbn.check(password, words).score;
}
