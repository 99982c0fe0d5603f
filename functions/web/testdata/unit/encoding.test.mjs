import assert from 'node:assert/strict';
import {test} from 'node:test';

import {proposals, proposalsFor} from '../../static/parts/encoding.js';

const lines = (...names) => ['User,Last Name', ...names.map((name, i) => `u${i},${name}`), ''];

// The bytes of a text in an encoding that isn't one of a browser's own to write.
function bytesIn(encoding, text) {
  const known = new Map();
  const decoder = new TextDecoder(encoding);
  for (let a = 0x80; a < 0x100; a++) {
    known.set(decoder.decode(Uint8Array.of(a)), [a]);
    for (let b = 0x30; b < 0xff; b++) {
      const character = decoder.decode(Uint8Array.of(a, b));
      if (!known.has(character) && [...character].length === 1) known.set(character, [a, b]);
    }
  }
  return Uint8Array.from(
    [...text].flatMap(character =>
      character < '\x80' ? character.charCodeAt(0) : known.get(character),
    ),
  );
}

const western = ['Zoë', 'Müller', 'André', 'Åkesson', 'Peña', 'O’Brien', 'Jörg Weiß'];

for (const [encoding, names, languages] of [
  ['windows-1252', western],
  ['macintosh', western],
  ['windows-1252', ['Zoë']],
  ['macintosh', ['Zoë']],
  ['macintosh', ['María']],
  ['iso-8859-15', ['Cœur', 'Žižek', 'Škoda']],
  ['windows-1250', ['Wałęsa', 'Żółkiewski', 'Łukasz', 'Świątek']],
  ['windows-1250', ['Dvořák', 'Novotný', 'Čapek'], ['cs-CZ', 'en']],
  ['windows-1251', ['Иванов', 'Светлана', 'Щербакова']],
  ['koi8-r', ['Иванов', 'Светлана', 'Щербакова']],
  ['windows-1253', ['Γιώργος', 'Παπαδόπουλος', 'Ελένη']],
  ['windows-1254', ['Yıldız', 'Şahin', 'Erdoğan', 'İnönü']],
  ['windows-1255', ['שלום', 'דוד כהן', 'מרים']],
  ['windows-1256', ['محمد', 'فاطمة', 'عبد الله']],
  ['windows-874', ['สมชาย', 'สมหญิง']],
  ['shift_jis', ['山田太郎', 'ヤマダ', 'さくら', '佐藤花子']],
  ['euc-jp', ['山田太郎', 'ヤマダ', 'さくら'], ['ja']],
  ['gb18030', ['王伟', '张敏', '李娜', '刘洋', '陈静']],
  ['big5', ['陳大明', '林美玲', '黃志偉', '張雅婷']],
  ['euc-kr', ['김민준', '이서연', '박지훈', '최수빈']],
]) {
  test(`${names} in ${encoding}`, () => {
    const [first] = proposals(bytesIn(encoding, lines(...names).join('\r\n')), languages);
    assert.deepEqual(first, {name: encoding, samples: names.slice(0, 3)});
  });
}

test('the same bytes are shown as they would read in each', () => {
  const found = proposals(bytesIn('macintosh', lines('Zoë').join('\n')));
  const readings = found.map(({samples}) => samples.join());
  assert.equal(found[0].name, 'macintosh');
  assert.ok(readings.includes('Zo‘'));
  assert.equal(new Set(readings).size, readings.length, 'no two read alike');
});

for (const [name, bytes] of [
  ['in ASCII', Buffer.from('User\nada\n')],
  ['in UTF-8', Buffer.from('User\nzoë\n')],
  ['in UTF-8, cut within a letter', Buffer.from(`x${'ë'.repeat(2 ** 18)}`).subarray(0, -1)],
  ['in UTF-8 with a mark', Buffer.from('\ufeffUser\nzoë\n')],
  ['in UTF-16 with a mark', Buffer.from('\ufeffUser\nzoë\n', 'utf16le')],
  ['that is a spreadsheet', Buffer.from('PK\x03\x04\xff\xfe\xfd', 'latin1')],
  ['that is no text', Buffer.from('GIF89a\0\xff\xfe\xfd\xff\xff\xff\xff', 'latin1')],
  ['without a byte', Buffer.from('')],
]) {
  test(`nothing is proposed for a file ${name}`, () => assert.equal(proposals(bytes), null));
}

test('UTF-16 without a mark is seen by its zeros', () => {
  const text = 'User,First Name\nzoe,Zoë\n';
  const little = Buffer.from(text, 'utf16le');
  const samples = ['User', 'First Name', 'zoe'];
  assert.deepEqual(proposals(little), [{name: 'utf-16le', samples}]);
  assert.deepEqual(proposals(Buffer.from(little).swap16()), [{name: 'utf-16be', samples}]);
});

test('a file in UTF-8 that is broken in a few places may be that', () => {
  const names = Array.from({length: 40}, (_, i) => `Zoë${'abcdefghij'[i % 10]}${i}`);
  const bytes = Buffer.concat([
    Buffer.from(lines(...names).join('\n')),
    Buffer.from('x,\xeb\n', 'latin1'),
  ]);
  assert.equal(proposals(bytes)[0].name, 'utf-8');
});

test('only the first part of a file is read', async () => {
  const asked = [];
  const file = {
    slice: (from, to) => {
      asked.push([from, to]);
      return {arrayBuffer: async () => Buffer.from('Zo\xeb', 'latin1')};
    },
  };
  const found = await proposalsFor(file);
  assert.deepEqual(asked, [[0, 2 ** 19]]);
  assert.equal(found[0].name, 'windows-1252');
});
