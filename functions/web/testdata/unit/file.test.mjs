import assert from 'node:assert/strict';
import {test} from 'node:test';

import {firstOf, rowsOf, toldOf} from '../../static/pages/job-columns.js';
import {faultOfFile} from '../../static/parts/file.js';
import {loadTexts} from '../../static/texts.js';

const codes = ['missing', 'book', 'kind', 'empty', 'xlsx_large', 'large'];
const texts = Object.fromEntries(codes.map(code => [`jobs.file_${code}`, code]));

for (const [name, size, want] of [
  ['users.csv', 1e9, undefined],
  ['users.csv', 1e9 + 1, 'large'],
  ['USERS.TXT', 1, undefined],
  ['users.csv', 0, 'empty'],
  ['users.xlsx', 50 * 2 ** 20, undefined],
  ['users.xlsx', 50 * 2 ** 20 + 1, 'xlsx_large'],
  ['users.xlsx', 0, 'empty'],
  ['users.xls', 1, 'book'],
  ['users.XLSM', 1, 'book'],
  ['users.ods', 1, 'book'],
  ['users.pdf', 1, 'kind'],
  ['csv', 1, 'kind'],
]) {
  test(`${name} of ${size} bytes is ${want ?? 'sent'}`, () => {
    loadTexts(texts, 'en');
    assert.equal(faultOfFile({name, size}), want);
  });
}

test('no file is a fault', () => {
  loadTexts(texts, 'en');
  assert.equal(faultOfFile(null), 'missing');
});

for (const [source, field, want] of [
  ['ours', 'Site', 'Site'],
  ['proposed', 'Site', 'Site'],
  ['ours', null, ' '],
  ['known', null, ' '],
  ['remembered', null, ' '],
  ['proposed', null, ''],
  [null, null, ''],
]) {
  test(`a column that is ${field}, ${source}, begins as "${want}"`, () =>
    assert.equal(firstOf({field, source}), want));
}

const columns = [
  {column: 'User', field: 'User', source: 'ours'},
  {column: 'UUID', field: null, source: 'ours'},
  {column: 'Ort', field: 'Site', source: 'proposed'},
  {column: 'Filiale', field: null, source: null},
];

test('what has our own name is told only if it was changed', () => {
  assert.deepEqual(toldOf(rowsOf(columns, {3: ' '})), {Ort: 'Site', Filiale: null});
  assert.deepEqual(toldOf(rowsOf(columns, {0: ' ', 3: 'User'})), {
    User: null,
    Ort: 'Site',
    Filiale: 'User',
  });
});

test('a row says who decided, and which column is the same already', () => {
  const rows = rowsOf(columns, {1: ' ', 3: 'Site'});
  assert.deepEqual(
    rows.map(({source, same}) => [source, same]),
    [
      ['ours', undefined],
      ['ours', undefined],
      ['proposed', undefined],
      ['chosen', 'Ort'],
    ],
  );
  assert.equal(rowsOf(columns, {})[3].source, 'undecided');
});
