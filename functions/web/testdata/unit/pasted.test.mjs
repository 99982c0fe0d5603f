import assert from 'node:assert/strict';
import {test} from 'node:test';

import {codeIn, tokenIn} from '../../static/parts/pasted.js';

const token = 'mfrggzdfmztwq2lknnwg23tpoa.Zm9v-YmFy_cXV4AAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const page = 'https://x.test/set-password';

for (const text of [
  `${page}#${token}`,
  `${page}%23${token}`,
  `${page}%2523${token}`,
  `${page}%252523${token}`,
  `${page}/#${token}`,
  `${page}?fbclid=IwAR0#${token}`,
  `${page}#${token}?fbclid=IwAR0`,
  `${page}#${token}&utm_source=mail`,
  `${page}#${token}>`,
  `${page}#${token}.`,
  `${page}#${token})`,
  `${page}#${token}%3E`,
  `${page}#%20${token}%20`,
  `${page}##${token}`,
  `<${page}#${token}>`,
  `Here it is: ${page}#${token}, open it. #hello`,
  `${page}#${token.replace('.', '%2E')}`,
  `https://safe.test/?url=https%3A%2F%2Fx.test%2Fset-password%23${token}&data=5`,
  `${page}?x=${token}`,
  ` ${token}\n`,
  `#${token}`,
]) {
  test(`the token is found in ${JSON.stringify(text)}`, () => assert.equal(tokenIn(text), token));
}

for (const [text, want] of [
  [page, ''],
  [`${page}#`, ''],
  [`${page}#)`, ''],
  [`${page}?utm_source=mail`, ''],
  ['ABCD-2345', ''],
  [`${page}#sample`, 'sample'],
  [`${page}#cut.off.`, 'cut.off'],
]) {
  test(`in ${text} it is "${want}"`, () => assert.equal(tokenIn(text), want));
}

for (const text of [
  'ABCD-2345',
  'abcd2345',
  '\tABCD\u20142345\r\n',
  'AB CD \u2013 23 45.',
  'ＡＢＣＤ－２３４５',
  'ａｂｃｄー２３４５。',
  '\ufeffABCD\u200b\u00ad-2345\u200e',
  'ABCD\u22122345',
]) {
  test(`the code is found in ${JSON.stringify(text)}`, () =>
    assert.equal(codeIn(text), 'ABCD2345'));
}

for (const text of ['', 'ABCD-234', 'ABCD-23456', 'ABCD.2345', 'hello there', 'Äbcd-2345']) {
  test(`there is no code in "${text}"`, () => assert.equal(codeIn(text), ''));
}
