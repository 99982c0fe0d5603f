// How the API's records are put into words.

import {textOf} from '../texts.js';

/**
 * A text for one of the API's words, else that word itself: the API may know more of
 * them than these pages.
 */
export const wordOf = (kind, word) =>
  word == null ? '–' : textOf(`records.${kind}_${word.replaceAll('-', '_')}`) || word;

/** A user's name as people write it; "" for none. */
export const nameOf = user => [user.first_name, user.last_name].filter(Boolean).join(' ');
