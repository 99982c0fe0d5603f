import assert from 'node:assert/strict';
import {test} from 'node:test';

import {match} from '../../static/router.js';

const patterns = ['/jobs', '/jobs/new', '/jobs/{id}', '/jobs/{id}/{step}', '/users/{username}'];

for (const [path, want] of [
  ['/jobs', {pattern: '/jobs', values: {}}],
  ['/jobs/new', {pattern: '/jobs/new', values: {}}],
  ['/jobs/j1', {pattern: '/jobs/{id}', values: {id: 'j1'}}],
  ['/jobs/j1/notify', {pattern: '/jobs/{id}/{step}', values: {id: 'j1', step: 'notify'}}],
  ['/users/ada%40x.test', {pattern: '/users/{username}', values: {username: 'ada@x.test'}}],
  ['/users/', undefined],
  ['/users/%E0%A4%A', undefined],
  ['/sign-in', undefined],
  ['/api/jobs', undefined],
]) {
  test(`${path} is ${want ? `at ${want.pattern}` : 'no page of the console'}`, () => {
    assert.deepEqual(match(patterns, path), want);
  });
}
