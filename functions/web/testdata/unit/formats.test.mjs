import assert from 'node:assert/strict';
import {test} from 'node:test';

import {
  bytes,
  limitInBytes,
  loadFormats,
  moment,
  number,
  percent,
  seconds,
  span,
  time,
  timeZone,
} from '../../static/formats.js';

test('nothing is a dash', () => {
  assert.equal(number(null), '–');
  assert.equal(time(undefined), '–');
  assert.equal(moment(undefined), undefined);
});

for (const [part, whole, want] of [
  [0, 0, 0],
  [0, 10, 0],
  [1, 1_000_000, 1],
  [500, 1_000, 50],
  [999_999, 1_000_000, 99],
  [10, 10, 100],
]) {
  test(`${part} of ${whole} is ${want} %`, () => assert.equal(percent(part, whole), want));
}

for (const [duration, want] of [
  ['72h', 259_200],
  ['1h30m', 5_400],
  ['1.5s', 1.5],
  ['250ms', 0.25],
  ['', 0],
  [undefined, 0],
]) {
  test(`"${duration}" is ${want} seconds`, () => assert.equal(seconds(duration), want));
}

for (const [language, length, want] of [
  ['en', 0, '0 seconds'],
  ['en', 1, '1 second'],
  ['en', 3_600, '1 hour'],
  ['en', 3_661, '1 hour, 1 minute'],
  ['en', 216_000, '2 days, 12 hours'],
  ['en', -5, '0 seconds'],
  ['de', 3_600, '1 Stunde'],
  ['de', 216_000, '2 Tage, 12 Stunden'],
  ['pl', 2 * 86_400, '2 dni'],
  ['pl', 216_000, '2 dni i 12 godzin'],
  ['pl', 22 * 60, '22 minuty'],
]) {
  test(`${length} seconds in ${language} are "${want}"`, () => {
    loadFormats(language);
    assert.equal(span(length), want);
  });
}

for (const [name, want] of [
  ['Etc/GMT-2', 'UTC+2'],
  ['Etc/GMT+11', 'UTC-11'],
  ['Etc/GMT', 'Etc/GMT'],
  ['US/Eastern', 'US/Eastern'],
  [null, null],
]) {
  test(`the time zone ${name} is shown as ${want}`, () => assert.equal(timeZone(name), want));
}

test('a size is told in its largest unit', () => {
  assert.match(bytes(1_234_567), /^1\.2\s?MB$/);
  assert.match(bytes(0), /^0\s?byte$/);
});

test('a limit is rounded down, and a small one counts in powers of two', () => {
  loadFormats('en');
  assert.match(limitInBytes(1_999_999_999), /^1\.9\s?GB$/);
  assert.match(limitInBytes(65_536), /^64\s?kB$/);
});
