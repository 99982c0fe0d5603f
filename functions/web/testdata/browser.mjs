// Opens every page in every state in Chromium, and fails if one doesn't say or do what it should, isn't accessible, is
// wider than the screen, or makes the browser complain.
//
// node browser.mjs <folder with node_modules> <browser> <address> <address with APP_URL>
// LATCHKEY_PICTURES, if set, is a folder for pictures.

import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const [tools, executablePath, base, baseWithApp] = process.argv.slice(2);
const require = createRequire(join(tools, 'package.json'));
const {chromium} = require('playwright-core');
const {source: axe} = require('axe-core');

const pictures = process.env.LATCHKEY_PICTURES;
const password = 'correct-horse-battery';
const patience = 20_000; // milliseconds that a page may take, on a busy machine
const shapes = [
  {name: '1280-light', width: 1280, height: 800, colorScheme: 'light'},
  {name: '360-dark', width: 360, height: 740, colorScheme: 'dark'},
];

// Each test gets a fresh browser context, its page, and the calls to the API that the page has made ("POST /api/...").
const tests = {
  'sign-in': async ({page, calls}) => {
    await page.goto(`${base}/`);
    await page.waitForLoadState('networkidle');
    await heading(page, 'Sign in');
    assert.equal(await page.title(), 'Sign in · Example & Sons');
    assert.deepEqual(calls, ['GET /api/session']);
  },
  'sign-in wrong': async ({page}) => {
    await signIn(page, base, 'ada', 'wrong');
    await alert(page, 'The username or password is wrong.');
    assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
    assert.equal(await page.getByLabel('Password', {exact: true}).inputValue(), 'wrong');
    assert.equal(await focused(page), 'password');
  },
  'sign-in locked': async ({page}) => {
    await signIn(page, base, 'locked', 'wrong');
    await alert(page, /^Too many wrong passwords\. Try again after \d+ \w+ \d{4} at \d\d:\d\d, /);
  },
  'sign-in unreachable': async ({page}) => {
    await page.route('**/api/sign-in', route => route.abort());
    await signIn(page, base, 'ada', password);
    await alert(page, /^We can't be reached just now\./);
    assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
    assert.equal(await page.getByLabel('Password', {exact: true}).inputValue(), password);
  },
  'sign-in broken': async ({page}) => {
    await page.route('**/api/sign-in', route => route.fulfill({status: 502, body: 'Bad Gateway'}));
    await signIn(page, base, 'ada', password);
    await alert(page, /^Something went wrong here\./);
  },
  'signed-in': async ({page, calls}) => {
    await page.goto(`${base}/sign-in`);
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password', {exact: true}).fill(password);
    await page.getByRole('button', {name: 'Sign in'}).dblclick();
    await heading(page, 'You are signed in');
    assert.deepEqual(calls.filter(call => call.startsWith('POST')), ['POST /api/sign-in']);
    await says(page, 'Ada Lovelace', 'Administrator, Analyst', '1 March 2030 at 21:00');
    await page.reload();
    await heading(page, 'You are signed in');
  },
  'signed-out': async ({page}) => {
    await signIn(page, base, 'ada', password);
    await page.getByRole('button', {name: 'Sign out'}).click();
    await heading(page, 'Sign in');
    assert.equal(await page.getByLabel('Password', {exact: true}).inputValue(), '');
    await page.reload();
    await page.waitForLoadState('networkidle');
    await heading(page, 'Sign in');
  },
  'signed-in with an app': async ({page}) => {
    await signIn(page, baseWithApp, 'ada', password);
    await page.waitForURL(`${base}/forgot-password`);
    await page.goto(`${baseWithApp}/sign-in`);
    await heading(page, 'You are signed in');
    await page.getByRole('link', {name: 'Continue'}).waitFor();
  },

  'forgot-password': async ({page, calls}) => {
    await page.goto(`${base}/forgot-password`);
    await heading(page, 'Forgot your password?');
    assert.deepEqual(calls, []);
  },
  'forgot-password asked': async ({page, calls}) => {
    const name = '<img src=x onerror=alert(1)>';
    await page.goto(`${base}/forgot-password`);
    await page.getByLabel('Username').fill(name);
    await page.getByRole('button').dblclick();
    await heading(page, 'Look at your messages');
    await says(page, `If there is a user ${name},`);
    assert.deepEqual(calls, ['POST /api/forgot-password']);
  },
  'forgot-password too often': async ({page}) => {
    await page.goto(`${base}/forgot-password`);
    await page.getByLabel('Username').fill('often');
    await page.getByRole('button').click();
    await alert(page, /^That was too often\. Try again after /);
  },

  'code': async ({page, calls}) => {
    await page.goto(`${base}/forgot-password`);
    await page.getByLabel('Username').fill('ada');
    await page.getByRole('button').click();
    await page.getByRole('link', {name: 'Enter the code'}).click();
    await heading(page, 'Enter your code');
    assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
    assert.deepEqual(calls, ['POST /api/forgot-password']);
  },
  'code wrong': async ({page, calls}) => {
    await typeCode(page, 'WRONG-234');
    await alert(page, /^That code doesn't work for this user\./);
    assert.equal(await focused(page), 'code');
    assert.deepEqual(calls, ['POST /api/password/check']);
  },
  'code expired': async ({page}) => {
    await typeCode(page, 'LATE-2345');
    await alert(page, 'That code has expired. Ask for a new one.');
  },
  'code valid': async ({page, calls}) => {
    await typeCode(page, 'GOOD-2345');
    await heading(page, 'Choose your password');
    assert.deepEqual(calls, ['POST /api/password/check']);
    await page.reload();
    await heading(page, 'Choose your password');
    await setPassword(page, password);
    await heading(page, 'Your password is set');
  },

  'set-password': async ({page, calls}) => {
    await page.goto(`${base}/set-password#valid`);
    await heading(page, 'Choose your password');
    assert.equal(page.url(), `${base}/set-password`);
    await says(page, 'For the user ada.', '15 to 128 characters', 'This works until 4 March 2030 at 13:00.', '0 of at least 15 characters');
    assert.equal(await page.locator('#username').inputValue(), 'ada');
    await page.reload();
    await says(page, 'For the user ada.');
    assert.deepEqual(calls, ['POST /api/password/check', 'POST /api/password/check']);
  },
  'set-password too short': async ({page, calls}) => {
    await page.goto(`${base}/set-password#valid`);
    // A face is one code point, though two in a script; an e with a combining accent is one when composed.
    await setPassword(page, '🙂e\u0301');
    await says(page, '2 of at least 15 characters');
    await alert(page, 'It is too short: at least 15 characters, please.');
    assert.deepEqual(calls, ['POST /api/password/check']);
  },
  'set-password rejected': async ({page}) => {
    await page.goto(`${base}/set-password#valid`);
    await setPassword(page, 'ada lovelace 1815');
    await page.getByText('too common, or too easy to guess').waitFor();
    await says(page, 'It is built on your name.');
    assert.equal(await page.getByLabel('New password').inputValue(), 'ada lovelace 1815');
    assert.equal(await focused(page), 'password');
  },
  'set-password suggested': async ({page}) => {
    await page.goto(`${base}/set-password#valid`);
    await page.getByRole('button', {name: 'Suggest a passphrase'}).click();
    const field = page.getByLabel('New password');
    const first = await field.inputValue();
    assert.match(first, /^[a-z]+(-[a-z]+){4,}$/);
    assert.equal(await field.getAttribute('type'), 'text');
    await says(page, 'characters: long enough');
    await says(page, `${first}: keep it`);
    await page.getByRole('button', {name: 'Hide'}).click();
    assert.ok(!(await page.locator('main').innerText()).includes(first), 'the passphrase is still shown');
    assert.equal(await field.getAttribute('type'), 'password');
    await page.getByRole('button', {name: 'Show'}).click();
    await page.getByRole('button', {name: 'Suggest a passphrase'}).click();
    assert.notEqual(await field.inputValue(), first);
  },
  'set-password unreachable': async ({page}) => {
    await page.goto(`${base}/set-password#valid`);
    await page.route('**/api/password', route => route.abort());
    await setPassword(page, password);
    await alert(page, /^We can't be reached just now\./);
    assert.equal(await page.getByLabel('New password').inputValue(), password);
  },
  'set-password ended unreachable': async ({page}) => {
    await page.goto(`${base}/set-password#later`);
    await heading(page, 'Choose your password');
    await page.route('**/api/password/check', route => route.abort());
    await setPassword(page, password);
    await heading(page, "We couldn't check your link");
  },
  'set-password done': async ({page, calls}) => {
    await page.goto(`${base}/set-password#valid`);
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', {name: 'Set password'}).dblclick();
    await heading(page, 'Your password is set');
    assert.deepEqual(calls, ['POST /api/password/check', 'POST /api/password']);
    assert.ok(!await page.evaluate(() => JSON.stringify(sessionStorage).includes('valid')), 'the token is still kept');
  },
  'set-password done then sign in': async ({page}) => {
    await page.goto(`${base}/set-password#valid`);
    await setPassword(page, password);
    await page.getByRole('link', {name: 'Sign in'}).click();
    await heading(page, 'Sign in');
    assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
  },
  'set-password without storage': async ({page}) => {
    await page.addInitScript(() => Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('', 'SecurityError'); }}));
    await page.goto(`${base}/set-password#valid`);
    await setPassword(page, password);
    await heading(page, 'Your password is set');
  },
  'set-password second link in the tab': async ({page}) => {
    await page.goto(`${base}/set-password#expired`);
    await heading(page, 'This link has expired');
    await page.evaluate(() => { location.hash = 'valid'; });
    await heading(page, 'Choose your password');
    assert.equal(page.url(), `${base}/set-password`);
  },
  'set-password late': async ({page}) => {
    await page.goto(`${base}/set-password#late`);
    await setPassword(page, password);
    await heading(page, 'This link has expired');
  },
  'set-password raced': async ({page}) => {
    await page.goto(`${base}/set-password#raced`);
    await setPassword(page, password);
    await heading(page, 'Your password is already set');
  },
  'expired': async ({page, calls}) => {
    await page.goto(`${base}/set-password#expired`);
    await heading(page, 'This link has expired');
    await says(page, 'It was sent to a•••@example.test on 1 March 2030 at 13:00, and worked until 4 March 2030 at 13:00.');
    assert.deepEqual(calls, ['POST /api/password/check']);
  },
  'renewed': async ({page, calls}) => {
    await page.goto(`${base}/set-password#expired`);
    await page.getByRole('button', {name: 'Send me a new link'}).dblclick();
    await heading(page, 'A new link is on its way');
    await says(page, 'It goes to a•••@example.test.');
    assert.deepEqual(calls, ['POST /api/password/check', 'POST /api/link/renew']);
  },
  'replaced': async ({page}) => {
    await page.goto(`${base}/set-password#replaced`);
    await heading(page, 'There is a newer link');
    await page.getByRole('button', {name: 'Send me a new link'}).waitFor();
  },
  'reset expired': async ({page}) => {
    await page.goto(`${base}/set-password#reset-expired`);
    await heading(page, 'This link no longer works');
    await page.getByRole('link', {name: 'Ask for a new link'}).click();
    await heading(page, 'Forgot your password?');
    assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
    await page.goBack();
    await heading(page, 'This link no longer works');
  },
  'used': async ({page}) => {
    await page.goto(`${base}/set-password#used`);
    await heading(page, 'Your password is already set');
  },
  'invalid': async ({page}) => {
    await page.goto(`${base}/set-password#sample`);
    await heading(page, "This link doesn't work");
    for (const name of ['Ask for a new link', 'I have a code', 'help@example.test']) await page.getByRole('link', {name}).waitFor();
  },
  'no link': async ({page, calls}) => {
    await page.goto(`${base}/set-password`);
    await heading(page, "This link doesn't work");
    assert.deepEqual(calls, []);
  },
  'check unreachable': async ({page}) => {
    await page.route('**/api/password/check', route => route.abort(), {times: 1});
    await page.goto(`${base}/set-password#valid`);
    await heading(page, "We couldn't check your link");
  },
  'check unreachable then tried again': async ({page}) => {
    await page.route('**/api/password/check', route => route.abort(), {times: 1});
    await page.goto(`${base}/set-password#valid`);
    await page.getByRole('button', {name: 'Try again'}).click();
    await heading(page, 'Choose your password');
  },
  'not found': async ({page}) => {
    await page.goto(`${base}/nowhere`);
    await heading(page, 'There is nothing here');
  },
};

const heading = (page, name) => page.getByRole('heading', {level: 1, name, exact: true}).waitFor();

const focused = page => page.evaluate(() => document.activeElement.id);

/** Waits until the page shows the texts: what it says may depend on an answer that is still under way. */
async function says(page, ...texts) {
  const until = Date.now() + patience;
  for (;;) {
    const shown = await page.locator('main').innerText();
    const missing = texts.find(text => !shown.includes(text));
    if (!missing) return;
    assert.ok(Date.now() < until, `the page doesn't say ${JSON.stringify(missing)}, but:\n${shown}`);
    await page.waitForTimeout(50);
  }
}

async function alert(page, text) {
  const box = page.locator('[role=alert]:visible p');
  await box.waitFor();
  const shown = await box.innerText();
  if (text instanceof RegExp) assert.match(shown, text);
  else assert.equal(shown, text);
}

async function signIn(page, address, username, secret) {
  await page.goto(`${address}/sign-in`);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', {exact: true}).fill(secret);
  await page.getByRole('button', {name: 'Sign in'}).click();
}

async function typeCode(page, code) {
  await page.goto(`${base}/code`);
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Code', {exact: true}).fill(code);
  await page.getByRole('button', {name: 'Continue'}).click();
}

async function setPassword(page, secret) {
  await page.getByLabel('New password').fill(secret);
  await page.getByRole('button', {name: 'Set password'}).click();
}

/** Looks at the page as it is now, wide and narrow, light and dark. */
async function inspect(page, name) {
  await page.evaluate(axe);
  for (const shape of shapes) {
    await page.setViewportSize(shape);
    await page.emulateMedia({colorScheme: shape.colorScheme});
    const found = await page.evaluate(() => window.axe.run());
    assert.deepEqual(found.violations.map(({id, nodes}) => `${id}: ${nodes[0].html}`), [], `axe at ${shape.name}`);
    assert.equal(await page.locator('h1:visible').count(), 1, 'there is one heading');
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(over <= 0, `at ${shape.name}, the page is ${over} px wider than the screen`);
    if (pictures) await page.screenshot({path: join(pictures, `${name.replaceAll(' ', '-')}-${shape.name}.png`), fullPage: true});
  }
}

const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  const context = await browser.newContext({locale: 'en-GB', timezoneId: 'Europe/Berlin', viewport: shapes[0]});
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const calls = [], complaints = [];
  page.on('request', request => {
    const {pathname} = new URL(request.url());
    if (pathname.startsWith('/api/')) calls.push(`${request.method()} ${pathname}`);
  });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('console', said => {
    // A refusal is an answer; and a network that is down, a case of its own.
    if (said.type() === 'error' && !said.text().startsWith('Failed to load resource:')) complaints.push(said.text());
  });
  try {
    await test({page, calls});
    await inspect(page, name);
    assert.deepEqual(complaints, [], 'the browser has nothing to complain of');
  } catch (error) {
    failed++;
    console.error(`${name}: ${error.message}\n`);
  }
  await context.close();
}
await browser.close();
process.exitCode = failed ? 1 : 0;
