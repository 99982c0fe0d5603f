// The texts of the pages, in one language, with their places filled and their plurals.

import {number} from './formats.js';

let messages = {};
let plurals; // the rules of the language
let isRightToLeft = false;

/** Takes the texts by their names, their language's BCP 47 tag, and its direction. */
export function loadTexts(texts, language, direction = 'ltr') {
  messages = texts;
  plurals = new Intl.PluralRules(language);
  isRightToLeft = direction === 'rtl';
}

/** A text with its {places} filled, or "" where there is none of that name. */
export const textOf = (name, values) => fill(messages[name] ?? '', values);

/**
 * The text for a number of things. A language has one for each plural category that whole
 * numbers have in it (Unicode CLDR): name_one, name_few … {count} stands for the number.
 */
export function counted(name, count, values = {}) {
  const form = messages[`${name}_${plurals.select(count)}`] ?? messages[`${name}_other`];
  return fill((form ?? '').replaceAll('{count}', number(count)), values);
}

/**
 * Fills the {places} of a text. A dash stands for a value that isn't there. A text from
 * right to left isolates its values: they may be written the other way.
 */
export function fill(text, values = {}) {
  const filled = (place, name) => {
    const value = values[name] ?? '–';
    return isRightToLeft && place !== text ? isolated(value) : value;
  };
  return text.replace(/\{(\w+)\}/g, filled);
}

/** A value in the characters that give it a direction of its own (UAX 9: FSI, PDI). */
const isolated = value => `\u2068${value}\u2069`;
