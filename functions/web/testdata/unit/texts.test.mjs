import assert from 'node:assert/strict';
import {test} from 'node:test';

import {counted, fill, loadTexts, textOf} from '../../static/texts.js';

test('a text has its places filled, and a dash for what is missing', () => {
  loadTexts({hello: 'Hello {name}, {name} at {time}'}, 'en');
  assert.equal(textOf('hello', {name: 'Ada'}), 'Hello Ada, Ada at –');
});

test('a text from right to left isolates its values, unless it is nothing but one', () => {
  loadTexts({goes: 'يذهب إلى {to}.', to: '{to}', rows_other: '{count} من {whole}'}, 'ar', 'rtl');
  assert.equal(textOf('goes', {to: '+16502530002'}), 'يذهب إلى \u2068+16502530002\u2069.');
  assert.equal(textOf('to', {to: '+16502530002'}), '+16502530002');
  assert.equal(counted('rows', 100, {whole: 'a'}), '100 من \u2068a\u2069');
  loadTexts({goes: 'It goes to {to}.'}, 'en', 'ltr');
  assert.equal(textOf('goes', {to: '+16502530002'}), 'It goes to +16502530002.');
});

test('a value is never read as a text', () => {
  assert.equal(fill('{a}{b}', {a: '{b}', b: '$&'}), '{b}$&');
});

test('there is no text of a name that nobody wrote', () => {
  loadTexts({}, 'en');
  assert.equal(textOf('nothing'), '');
  assert.equal(counted('nothing', 1), '');
});

const rows = {
  en: {rows_one: '{count} row', rows_other: '{count} rows'},
  pl: {rows_one: '{count} wiersz', rows_few: '{count} wiersze', rows_many: '{count} wierszy'},
  ar: {
    rows_zero: 'لا صفوف',
    rows_one: 'صف واحد',
    rows_two: 'صفان',
    rows_few: '{count} صفوف',
    rows_many: '{count} صفًا',
    rows_other: '{count} صف',
  },
};

for (const [language, count, want] of [
  ['en', 0, '0 rows'],
  ['en', 1, '1 row'],
  ['en', 21, '21 rows'],
  ['pl', 1, '1 wiersz'],
  ['pl', 2, '2 wiersze'],
  ['pl', 5, '5 wierszy'],
  ['pl', 12, '12 wierszy'],
  ['pl', 22, '22 wiersze'],
  ['ar', 0, 'لا صفوف'],
  ['ar', 1, 'صف واحد'],
  ['ar', 2, 'صفان'],
  ['ar', 3, '3 صفوف'],
  ['ar', 11, '11 صفًا'],
  ['ar', 100, '100 صف'],
]) {
  test(`${count} rows in ${language} are "${want}"`, () => {
    loadTexts(rows[language], language);
    assert.equal(counted('rows', count), want);
  });
}

test('a plural has other values too', () => {
  loadTexts({of_other: '{count} of {whole}'}, 'en');
  assert.equal(counted('of', 2, {whole: '3'}), '2 of 3');
});
