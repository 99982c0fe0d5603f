import assert from 'node:assert/strict';
import {test} from 'node:test';

import {faultOfLength, holdsOwnWords} from '../../static/parts/needs.js';

const policy = {min_length: 15, max_length: 20};

for (const [name, password, want] of [
  ['short', 'x'.repeat(14), 'too_short'],
  ['long enough', 'x'.repeat(15), null],
  ['too long', 'x'.repeat(21), 'too_long'],
  ['of characters outside the first plane', '👍'.repeat(15), null],
  ['of letters and marks that are one letter each', 'e\u0301'.repeat(14), 'too_short'],
]) {
  test(`a password that is ${name}`, () => assert.equal(faultOfLength(password, policy), want));
}

for (const [name, password, want] of [
  ['the username', 'xx-Ada.Lovelace-xx', true],
  ['the username without its domain', 'i am ada.lovelace!', true],
  ['the company', 'EXAMPLE works forever', true],
  ['the company without its spaces', 'exampleworks-forever', true],
  ['nothing of one’s own', 'correct-horse-battery', false],
]) {
  test(`a password with ${name}`, () => {
    const found = holdsOwnWords(password, 'ada.lovelace@example.test', 'Example Works');
    assert.equal(found, want);
  });
}

test('a short name is let through in a password that is long without it', () => {
  assert.equal(holdsOwnWords('bo-correct-horse', 'bo', 'Example'), false);
  assert.equal(holdsOwnWords('bobobo1', 'bo', 'Example'), true);
});
