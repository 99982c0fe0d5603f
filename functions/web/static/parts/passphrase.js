// Passphrases of random words.

import {textOf} from '../texts.js';

/**
 * The 512 words of the page's language, short and hard to mistake for one another. Each
 * is worth 9 bits, five of them 45.
 */
export const wordsOfPassphrases = () => textOf('passphrase.words').split(/\s+/);

/** Five random words, or as many more as it takes to be long enough. */
export function passphrase(least) {
  const words = wordsOfPassphrases();
  const picked = [];
  while (picked.length < 5 || picked.join('-').length < least) {
    // 65,536 is a multiple of the number of words: none is likelier than another.
    picked.push(words[crypto.getRandomValues(new Uint16Array(1))[0] % words.length]);
  }
  return picked.join('-');
}
