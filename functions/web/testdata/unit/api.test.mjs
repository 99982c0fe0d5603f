import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';

import {Refused, Unreachable, ask, call, get, linesOf, newKey} from '../../static/api.js';
import {loadTexts} from '../../static/texts.js';

let asked; // what fetch was given
let answer; // what it answers; an error is thrown

beforeEach(() => {
  loadTexts(
    {
      failed: 'failed',
      unreachable: 'unreachable',
      too_many: 'wait until {until}',
      'console.error_job_busy': 'busy',
    },
    'en',
  );
  globalThis.fetch = async (path, options) => {
    asked = {path, ...options};
    if (answer instanceof Error) throw answer;
    const {status = 200, body = '{}', headers = {}} = answer;
    return new Response(status === 204 ? null : body, {status, headers});
  };
});

const refusal = (status, error, headers) => ({status, body: JSON.stringify({error}), headers});

/** The error that a call ends in. */
const errorOf = promise =>
  promise.then(
    () => assert.fail('it is answered'),
    error => error,
  );

test('a call sends JSON, and returns what it is answered', async () => {
  answer = {status: 201, body: '{"a":1}', headers: {'Retry-After': '5'}};
  const found = await call('POST', '/api/x', {b: 2}, {'Idempotency-Key': 'k'});
  assert.equal(asked.method, 'POST');
  assert.equal(asked.body, '{"b":2}');
  assert.deepEqual(asked.headers, {'Content-Type': 'application/json', 'Idempotency-Key': 'k'});
  assert.equal(found.status, 201);
  assert.deepEqual(found.body, {a: 1});
  assert.equal(found.seconds, 5);
  assert.ok(found.until);
});

test('no answer is told apart from a bad one', async () => {
  answer = new TypeError('no network');
  const error = await errorOf(call('GET', '/api/x'));
  assert.ok(error instanceof Unreachable);
  assert.deepEqual(linesOf(error), ['unreachable']);
});

test('what is no JSON is no answer', async () => {
  answer = {body: '<html>'};
  assert.ok((await errorOf(ask('GET', '/api/x'))) instanceof Refused);
});

test('an empty answer is one', async () => {
  answer = {status: 204};
  assert.equal((await ask('DELETE', '/api/x', {})).status, 204);
});

test('values that are empty are left out of a query', async () => {
  answer = {body: '{"items":[]}'};
  assert.deepEqual(await get('/api/x', {q: '', cursor: null, limit: 5, to: 'a b'}), {items: []});
  assert.equal(asked.path, '/api/x?limit=5&to=a+b');
  await get('/api/x', {q: ''});
  assert.equal(asked.path, '/api/x');
});

test('a user who is not signed in is led to the sign-in page, and back', async () => {
  answer = refusal(401, {code: 'unauthenticated'});
  const went = new Promise(resolve => {
    globalThis.location = {pathname: '/jobs', search: '?q=a', assign: resolve};
  });
  ask('GET', '/api/x');
  assert.equal(await went, '/sign-in?then=%2Fjobs%3Fq%3Da');
});

for (const [name, refused, want] of [
  ['by its code', refusal(409, {code: 'job_busy', message: 'm'}), ['busy']],
  [
    'by its fields',
    refusal(422, {code: 'x', message: 'm', fields: [{message: 'a'}, {message: 'b'}]}),
    ['a', 'b'],
  ],
  ['by what the API says', refusal(409, {code: 'x', message: 'm'}), ['m']],
  ['in general, if the server failed', refusal(500, {code: 'x', message: 'm'}), ['failed']],
  ['in general, if it says nothing', refusal(409, {}), ['failed']],
]) {
  test(`a refusal is told ${name}`, async () => {
    answer = refused;
    assert.deepEqual(linesOf(await errorOf(ask('GET', '/api/x'))), want);
  });
}

test('a refusal for a while is told with its end', async () => {
  answer = refusal(429, {code: 'x', message: 'm'}, {'Retry-After': '60'});
  const [line] = linesOf(await errorOf(ask('GET', '/api/x')));
  assert.match(line, /^wait until .*\d/);
});

test('keys differ', () => assert.notEqual(newKey(), newKey()));
