// In which encoding a file may be that is not in UTF-8, by how its first part would read.

const headSize = 2 ** 19; // bytes that are looked at
const mostValues = 500;
const sampleCount = 3;

// By how often files have them, with the languages whose readers have them first.
const encodings = [
  ['windows-1252', ''],
  ['macintosh', ''],
  ['iso-8859-15', ''],
  ['windows-1250', 'cs hr hu pl ro sk sl sq'],
  ['windows-1251', 'be bg mk ru sr uk'],
  ['windows-1254', 'az tr'],
  ['windows-1257', 'et lt lv'],
  ['windows-1253', 'el'],
  ['windows-1255', 'he'],
  ['windows-1256', 'ar fa ur'],
  ['windows-874', 'th'],
  ['shift_jis', 'ja'],
  ['euc-kr', 'ko'],
  ['gb18030', 'zh'],
  ['big5', 'zh'],
  ['euc-jp', 'ja'],
  ['koi8-r', 'ru'],
  ['x-mac-cyrillic', 'ru uk'],
  ['utf-8', ''],
];

// The bytes of the characters that names are written with, where many others would do.
const usual = {
  shift_jis: /[\x82\x83\x88-\x97][\x40-\xfc]/g,
  'euc-kr': /[\xb0-\xc8][\xa1-\xfe]/g,
  gb18030: /[\xb0-\xd7][\xa1-\xfe]/g,
  big5: /[\xa4-\xc6][\x40-\x7e\xa1-\xfe]/g,
  'euc-jp': /[\xa4\xa5\xb0-\xcf][\xa1-\xfe]/g,
};

// Letters that are in few names, though their bytes are in many.
const seldom = {
  'windows-1252': /[ðþýÐÞÝ]/,
  'iso-8859-15': /[ðþýÐÞÝ]/,
  'windows-1250': /[đţĐŢ]/,
};

// A word as it is written: its capitals in front or throughout, or in letters without case.
const cased = /^(\p{Lu}?\p{Ll}+|\p{Lu}+)$/u;
const caseless = /^[\p{Lo}\p{Lm}\p{M}]+$/u;
const scripts = [
  /^\p{sc=Latin}+$/u,
  /^\p{sc=Cyrillic}+$/u,
  /^\p{sc=Greek}+$/u,
  /^[\p{sc=Hebrew}\p{M}]+$/u,
  /^[\p{sc=Arabic}\p{M}]+$/u,
  /^\p{sc=Thai}+$/u,
  /^\p{sc=Hangul}+$/u,
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u30fc]+$/u,
];

/**
 * Proposes encodings for a file that isn't in UTF-8, and doesn't say what it is in: the
 * likeliest first, each with values as they would read in it, [{name, samples}]. No two
 * read alike. It returns null for other files. Only the file's first part is read.
 */
export async function proposalsFor(file, languages) {
  const head = await file.slice(0, headSize).arrayBuffer();
  return proposals(new Uint8Array(head), languages);
}

/** The same for a file's first bytes, and the languages of the reader as BCP 47 tags. */
export function proposals(bytes, languages = []) {
  const begins = (...mark) => mark.every((byte, i) => bytes[i] === byte);
  const isMarked = begins(0xef, 0xbb, 0xbf) || begins(0xff, 0xfe) || begins(0xfe, 0xff);
  const isBook = begins(0x50, 0x4b, 3, 4); // a .zip
  if (isMarked || isBook) return null;
  if (bytes.includes(0)) return wide(bytes);
  if (isUTF8(bytes)) return null;

  const values = valuesOf(bytes);
  const shown = samplesOf(values);
  const found = encodings
    .map(([name, spoken], i) => {
      const isAtHome = languages.some(tag => spoken.split(' ').includes(tag.split('-')[0]));
      const read = reader(name);
      return {
        name,
        samples: shown.map(read),
        score: plausibility(name, values, read) + (isAtHome ? 0.15 : 0) - i / 1000,
      };
    })
    .filter(({score}) => score > -1)
    .sort((a, b) => b.score - a.score);
  const readings = found.map(({samples}) => samples.join());
  const distinct = found.filter((_, i) => readings.indexOf(readings[i]) === i);
  return distinct.length > 0 ? distinct.map(({name, samples}) => ({name, samples})) : null;
}

function isUTF8(bytes) {
  try {
    const isCut = bytes.length === headSize; // perhaps within a character
    new TextDecoder('utf-8', {fatal: true}).decode(bytes, {stream: isCut});
    return true;
  } catch {
    return false;
  }
}

/** Returns what reads bytes in an encoding. */
function reader(name) {
  const decoder = new TextDecoder(name);
  return bytes => decoder.decode(bytes);
}

/** Proposes UTF-16 if every other byte of plain letters is 0. */
function wide(bytes) {
  const zeros = [0, 0];
  bytes.forEach((byte, i) => byte === 0 && zeros[i % 2]++);
  if (Math.max(...zeros) < bytes.length / 4) return null;
  const name = zeros[0] < zeros[1] ? 'utf-16le' : 'utf-16be';
  const fields = reader(name)(bytes).split(/[\t\n\r",;]+/);
  return [{name, samples: fields.filter(Boolean).slice(0, sampleCount)}];
}

/**
 * The different values of a file, as bytes, that aren't ASCII. What separates them stands
 * for nothing else in any of the encodings.
 */
function valuesOf(bytes) {
  const values = new Map();
  let begin = 0;
  let isPlain = true;
  const end = bytes.length < headSize ? bytes.length : bytes.length - 1; // the last may be cut
  for (let i = 0; i <= end && values.size < mostValues; i++) {
    if (bytes[i] > 0x7f) isPlain = false;
    if (i < bytes.length && !'\t\n\r",;'.includes(String.fromCharCode(bytes[i]))) continue;
    if (!isPlain) {
      const value = bytes.subarray(begin, i);
      values.set(String.fromCharCode(...value.subarray(0, 200)), value);
    }
    begin = i + 1;
    isPlain = true;
  }
  return [...values.values()];
}

/** The values that are shown: short ones, and none of the header if there are others. */
function samplesOf(values) {
  const isName = value => value.length < 40 && !value.some(byte => byte > 0x2f && byte < 0x3a);
  const names = values.filter(isName);
  return [...names, ...values.filter(value => !isName(value))].slice(0, sampleCount);
}

/** How likely it is that values are in an encoding, from 0 to 1; -2 if they aren't. */
function plausibility(name, values, read) {
  let sum = 0;
  let broken = 0;
  for (const value of values) {
    const text = read(value);
    if (/[\ufffd\x80-\x9f\ue000-\uf8ff]/.test(text)) broken++;
    else sum += plausibleText(name, text) * shareOfUsual(name, value);
  }
  return broken > values.length / 10 ? -2 : sum / values.length;
}

/** How much of a value's bytes are characters that names are usually written with. */
function shareOfUsual(name, value) {
  if (!usual[name]) return 1;
  const binary = String.fromCharCode(...value.subarray(0, 200)).replaceAll(' ', '');
  return (binary.match(usual[name])?.length ?? 0) / (binary.length / 2);
}

/** How likely it is that somebody wrote a text. */
function plausibleText(name, text) {
  const all = text.split(/[\s\u2013\u2014\u2019\u2026!-@[-`{-~]+/);
  const words = all.filter(word => /[^\0-\x7f]/.test(word));
  const isSeldom = seldom[name]?.test(text);
  return words.length > 0
    ? (words.reduce((sum, word) => sum + plausibleWord(word), 0) / words.length) *
        (isSeldom ? 0.5 : 1)
    : 0.6;
}

function plausibleWord(word) {
  if (!scripts.some(script => script.test(word))) return 0;
  if (caseless.test(word)) return 1;
  if (!cased.test(word)) return 0;
  const letters = [...word];
  const accented = letters.filter(letter => letter > '\x7f').length;
  // What is written in Latin letters has most of them without accents.
  if (scripts[0].test(word) && accented > letters.length / 2) return 0.2;
  return /^\p{Lu}/u.test(word) ? 1 : 0.7; // names begin with a capital
}
