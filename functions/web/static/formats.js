// Numbers, times and sizes as the reader's browser writes them. Units are words of
// the page's language.

let language; // undefined: the browser's

/** Takes the BCP 47 tag of the language that units are written in. */
export function loadFormats(tag) {
  language = tag;
}

/** A number, or a dash for none. */
export const number = value => (value == null ? '–' : new Intl.NumberFormat().format(value));

/** A share of a whole, in percent: 100 only for all of it, 0 only for nothing. */
export function percent(part, whole) {
  if (!whole) return 0;
  if (part === whole) return 100;
  return part > 0 ? Math.min(99, Math.max(1, Math.round((part * 100) / whole))) : 0;
}

/** A time, short: "22 Nov 2026, 19:40". A dash for none. */
export function time(at) {
  if (!at) return '–';
  const format = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'});
  return format.format(new Date(at));
}

/** A time, long: "22 November 2026 at 19:40". Nothing for none. */
export function moment(at) {
  const format = new Intl.DateTimeFormat(undefined, {dateStyle: 'long', timeStyle: 'short'});
  return at && format.format(new Date(at));
}

const inUnit = (count, unit, options) =>
  new Intl.NumberFormat(language, {style: 'unit', unit, ...options}).format(count);

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** So many seconds in words, in the two largest units: "2 days, 12 hours". */
export function span(length) {
  let left = Math.max(0, Math.round(length));
  const parts = [];
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(inUnit(count, unit, {unitDisplay: 'long'}));
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  if (parts.length === 0) return inUnit(0, 'second', {unitDisplay: 'long'});
  return new Intl.ListFormat(language, {type: 'unit'}).format(parts);
}

const lengths = {h: 3_600, m: 60, s: 1, ms: 0.001};

/** The seconds of a duration as the API writes it: "72h", "1h30m". */
export function seconds(duration) {
  let sum = 0;
  for (const [, count, unit] of String(duration ?? '').matchAll(/([\d.]+)(h|ms|m|s)/g))
    sum += count * lengths[unit];
  return sum;
}

const sizes = [
  ['gigabyte', 1e9],
  ['megabyte', 1e6],
  ['kilobyte', 1e3],
  ['byte', 1],
];

/** A size of a file as people say it: "1.2 MB". */
export function bytes(size) {
  const [unit, by] = sizes.find(([, least]) => size >= least) ?? sizes.at(-1);
  const options = {style: 'unit', unit, maximumFractionDigits: 1};
  return new Intl.NumberFormat(undefined, options).format(size / by);
}

/**
 * A limit in bytes, rounded down. A small one is a power of two: its
 * kilobyte has 1,024 bytes.
 */
export function limitInBytes(limit) {
  const [unit, by] = sizes.slice(0, 2).find(([, least]) => limit >= least) ?? ['kilobyte', 1024];
  return inUnit(Math.floor((limit * 10) / by) / 10, unit, {maximumFractionDigits: 1});
}

/** A time zone's name as people read it: "UTC+2" for Etc/GMT-2, whose sign is turned. */
export function timeZone(name) {
  const [, sign, hours] = /^Etc\/GMT([+-])([1-9]\d?)$/.exec(name ?? '') ?? [];
  if (!sign) return name;
  return `UTC${sign === '-' ? '+' : '-'}${hours}`;
}
