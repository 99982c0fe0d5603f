// The texts of the pages, in one language, with their places filled and their plurals.

import {number} from './formats.js';

let messages = {};
let plurals; // the rules of the language

/** Takes the texts by their names, and the BCP 47 tag of their language. */
export function loadTexts(texts, language) {
  messages = texts;
  plurals = new Intl.PluralRules(language);
}

/** A text with its {places} filled, or "" where there is none of that name. */
export const textOf = (name, values) => fill(messages[name] ?? '', values);

/**
 * The text for a number of things. A language has one for each plural category that whole
 * numbers have in it (Unicode CLDR): name_one, name_few … {count} stands for the number.
 */
export function counted(name, count, values = {}) {
  const form = messages[`${name}_${plurals.select(count)}`] ?? messages[`${name}_other`];
  return fill(form ?? '', {...values, count: number(count)});
}

/** Fills the {places} of a text. A dash stands for a value that isn't there. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '–');
}
