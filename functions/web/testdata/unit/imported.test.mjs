import assert from 'node:assert/strict';
import {globSync} from 'node:fs';
import {test} from 'node:test';

// Whatever a script does to its page, or asks of anybody, it does by one of these.
const means =
  'XMLHttpRequest addEventListener clearInterval clearTimeout crypto dispatchEvent document ' +
  'fetch history localStorage location navigator queueMicrotask removeEventListener ' +
  'requestAnimationFrame scrollTo sessionStorage setInterval setTimeout window';

const folder = new URL('../../static/', import.meta.url);
const scriptsIn = pattern => globSync(pattern, {cwd: folder.pathname}).sort();
const load = script => import(new URL(script, folder));

// A script that is only imported finds none of them.
async function without(names, run) {
  const before = names.map(name => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const name of names) {
    const get = () => {
      throw new Error(`it uses ${name}`);
    };
    Object.defineProperty(globalThis, name, {configurable: true, get});
  }
  try {
    await run();
  } finally {
    for (const [name, was] of before) {
      delete globalThis[name];
      if (was) Object.defineProperty(globalThis, name, was);
    }
  }
}

test('only what is started works when it is imported', async () => {
  for (const script of scriptsIn('vendor/*.js')) await load(script);

  const scripts = scriptsIn('**/*.js').filter(script => !/^(vendor|bundle)\//.test(script));
  assert.ok(scripts.length > 40);
  await without(means.split(' '), async () => {
    for (const script of scripts) {
      if (script.startsWith('start/')) {
        await assert.rejects(load(script), /it uses document/, script);
      } else {
        await assert.doesNotReject(load(script), script);
      }
    }
  });
});
