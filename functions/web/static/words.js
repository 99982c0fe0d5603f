// The words of the pages of users, audit and settings.

import {counted, message} from './console.js';

/** A text of these pages, or "" where there is none. */
export const r = (name, values) => message(`records.${name}`, values, 'none');

/** A text for a number of things. */
export const many = (name, count, values) => counted(`records.${name}`, count, values);

/**
 * A text for one of the API's words, else that word itself: the API may know more of them
 * than this page.
 */
export const word = (kind, of) =>
  of == null ? '–' : r(`${kind}_${of.replaceAll('-', '_')}`) || of;

/** The page of a user. */
export const userPath = username => `/users/${encodeURIComponent(username)}`;

/** A user's name as people write it. */
export const nameOf = user => [user.first_name, user.last_name].filter(Boolean).join(' ');
