// Opens every page in every state in Chromium, and fails if one doesn't say or do what it
// should, isn't accessible, is wider than the screen, or makes the browser complain.
//
// node browser.mjs <folder with node_modules> <browser> <address> <address with APP_URL>
// LATCHKEY_PICTURES, if set, is a folder for pictures; LATCHKEY_ONLY, how the names of
// the tests begin that are run.

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
const shapes = [1440, 768, 360].flatMap(width =>
  ['light', 'dark'].map(colorScheme => ({
    name: `${width}-${colorScheme}`,
    width,
    height: width > 700 ? 900 : 740,
    colorScheme,
  })),
);
const atOnce = 3; // pages that are open

// Each test gets a fresh browser context, its page, and the calls to the API that the
// page has made ("POST /api/...").
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
    assert.deepEqual(
      calls.filter(call => call.startsWith('POST')),
      ['POST /api/sign-in'],
    );
    await says(page, 'Ada Lovelace', 'Analyst', '1 March 2030 at 21:00');
    assert.equal(await page.getByRole('link', {name: 'Open the console'}).count(), 0);
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
  'signed-in as an administrator': async ({page}) => {
    await page.route('**/jobs', route => route.fulfill({body: 'the jobs'}));
    await signIn(page, base, 'admin', password);
    await page.waitForURL(`${base}/jobs`);
    await page.goto(`${base}/sign-in`);
    await heading(page, 'You are signed in');
    assert.equal(
      await page.getByRole('link', {name: 'Open the console'}).getAttribute('href'),
      '/jobs',
    );
  },
  'signed-in as an administrator who was somewhere': async ({page}) => {
    await page.route('**/users/*', route => route.fulfill({body: 'the user'}));
    await signIn(page, base, 'admin', password, `?then=${encodeURIComponent('/users/ada?a=b')}`);
    await page.waitForURL(`${base}/users/ada?a=b`);
    // Nobody is led away by a link to the sign-in page.
    for (const then of [
      'https://evil.example/jobs',
      '//evil.example/jobs',
      '/\\evil.example/jobs',
      '/jobs/../sign-in',
      'javascript:alert(1)',
      '/set-password#x',
    ]) {
      await page.goto(`${base}/sign-in?then=${encodeURIComponent(then)}`);
      await heading(page, 'You are signed in');
      assert.equal(
        await page.getByRole('link', {name: 'Open the console'}).getAttribute('href'),
        '/jobs',
        then,
      );
    }
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

  code: async ({page, calls}) => {
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
    await says(
      page,
      'Username\nada\nWorks until\n4 March 2030 at 13:00',
      'At least 15 characters long',
      'or Example & Sons',
      'At most 128 characters.',
    );
    assert.equal(await page.locator('#username').inputValue(), 'ada');
    await page.reload();
    await says(page, '4 March 2030 at 13:00');
    assert.deepEqual(calls, ['POST /api/password/check', 'POST /api/password/check']);
  },
  'set-password loads': async ({page}) => {
    const loaded = new Set(); // each is a request that is paid for, a user
    page.on('request', request => {
      const address = new URL(request.url());
      if (address.protocol !== 'data:') loaded.add(address.pathname);
    });
    await page.goto(`${base}/set-password#valid`);
    await heading(page, 'Choose your password');
    assert.deepEqual([...loaded].sort(), ['/api/password/check', '/set-password']);
  },
  'set-password too short': async ({page, calls}) => {
    await page.goto(`${base}/set-password#valid`);
    // A face is one code point, though two in a script; an e with a combining accent is
    // one when composed.
    await setPassword(page, '🙂e\u0301');
    await says(page, 'At least 15 characters long 2 so far');
    await alert(page, 'It is too short: at least 15 characters, please.');
    assert.deepEqual(calls, ['POST /api/password/check']);
  },
  'set-password as it is typed': async ({page, calls}) => {
    await page.goto(`${base}/set-password#valid`);
    const field = page.getByLabel('New password');
    const met = async () =>
      Promise.all(
        ['length', 'hard', 'own'].map(need =>
          page.locator(`#need-${need}`).getAttribute('data-met'),
        ),
      );
    for (const [typed, strength, needs] of [
      ['passwordpassword', 'Very easy to guess', ['true', 'false', 'true']],
      ['123456789012345', 'Easy to guess', ['true', 'false', 'true']],
      ['Example & Sons and more', 'Very hard to guess', ['true', 'true', 'false']],
      ['ada', 'Very easy to guess', ['false', 'false', 'false']],
      ['violet tractors in May', 'Very hard to guess', ['true', 'true', 'true']],
    ]) {
      await field.fill(typed);
      await page.locator('#strong').getByText(strength, {exact: true}).waitFor();
      assert.deepEqual(await met(), needs, typed);
    }
    await field.fill('');
    await page.waitForFunction(() => document.getElementById('strong').textContent === '');
    assert.deepEqual(await met(), ['', '', '']);
    await field.fill('violet tractors');
    await says(page, '15 now');
    assert.deepEqual(calls, ['POST /api/password/check'], 'what is typed goes nowhere');
  },
  'set-password rejected': async ({page}) => {
    await page.goto(`${base}/set-password#valid`);
    await setPassword(page, 'ada lovelace 1815');
    await page.getByText('too common, or too easy to guess').waitFor();
    await says(page, 'It is built on your name.');
    await page.waitForTimeout(300); // the typing has paused
    await says(page, 'Easy to guess');
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
    await says(page, first, 'Keep it in your password manager', 'Very hard to guess');
    await page.getByRole('button', {name: 'Hide'}).click();
    assert.ok(
      !(await page.locator('main').innerText()).includes(first),
      'the passphrase is still shown',
    );
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
  'set-password done': async ({page, calls, context}) => {
    await page.goto(`${base}/set-password#valid`);
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', {name: 'Set password'}).dblclick();
    await heading(page, 'Your password is set');
    assert.deepEqual(calls, ['POST /api/password/check', 'POST /api/password']);
    assert.ok(
      !(await page.evaluate(() => JSON.stringify(sessionStorage).includes('valid'))),
      'the token is still kept',
    );
    assert.deepEqual(
      await context.cookies(),
      [],
      'nothing is kept in a cookie before somebody signs in',
    );
  },
  'set-password done then sign in': async ({page}) => {
    await page.goto(`${base}/set-password#valid`);
    await setPassword(page, password);
    await page.getByRole('link', {name: 'Sign in'}).click();
    await heading(page, 'Sign in');
    assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
  },
  'set-password without storage': async ({page}) => {
    await page.addInitScript(() =>
      Object.defineProperty(window, 'sessionStorage', {
        get() {
          throw new DOMException('', 'SecurityError');
        },
      }),
    );
    await page.goto(`${base}/set-password#valid`);
    await setPassword(page, password);
    await heading(page, 'Your password is set');
  },
  'set-password second link in the tab': async ({page}) => {
    await page.goto(`${base}/set-password#expired`);
    await heading(page, 'This link has expired');
    await page.evaluate(() => {
      location.hash = 'valid';
    });
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
  expired: async ({page, calls}) => {
    await page.goto(`${base}/set-password#expired`);
    await heading(page, 'This link has expired');
    const sent = 'Sent to\na•••@example.test\nSent on\n1 March 2030 at 13:00';
    await says(page, `${sent}\nWorked until\n4 March 2030 at 13:00`);
    assert.deepEqual(calls, ['POST /api/password/check']);
  },
  renewed: async ({page, calls}) => {
    await page.goto(`${base}/set-password#expired`);
    await page.getByRole('button', {name: 'Send me a new link'}).dblclick();
    await heading(page, 'A new link is on its way');
    await says(page, 'It goes to a•••@example.test.');
    assert.deepEqual(calls, ['POST /api/password/check', 'POST /api/link/renew']);
  },
  replaced: async ({page}) => {
    await page.goto(`${base}/set-password#replaced`);
    await heading(page, 'There is a newer link');
    await says(page, 'The newest was sent on\n2 March 2030 at 13:00\nSent to\n•••42');
    await page.getByRole('button', {name: 'Send me a new link'}).waitFor();
  },
  'reset replaced': async ({page}) => {
    await page.goto(`${base}/set-password#reset-replaced`);
    await heading(page, 'There is a newer link');
    await says(page, 'The newest was sent on\n2 March 2030 at 13:00\nSent to\n•••42');
  },
  'reset expired': async ({page, calls}) => {
    await page.goto(`${base}/set-password#reset-expired`);
    await heading(page, 'This link no longer works');
    await says(page, 'Sent to\na•••@example.test');
    assert.deepEqual(calls, ['POST /api/password/check']);
  },
  'reset asked again': async ({page, calls}) => {
    await page.goto(`${base}/set-password#reset-replaced`);
    await page.getByRole('button', {name: 'Send me a new link'}).dblclick();
    await heading(page, 'A new link is on its way');
    assert.deepEqual(calls, ['POST /api/password/check', 'POST /api/forgot-password']);
    assert.equal(
      await page.getByRole('link', {name: 'Enter the code'}).getAttribute('href'),
      '/code',
    );
    assert.equal(await page.evaluate(() => sessionStorage.getItem('username')), '"ada"');
  },
  used: async ({page}) => {
    await page.goto(`${base}/set-password#used`);
    await heading(page, 'Your password is already set');
  },
  invalid: async ({page}) => {
    await page.goto(`${base}/set-password#sample`);
    await heading(page, "This link doesn't work");
    await leadsOn(page);
  },
  'no link': async ({page, calls}) => {
    await page.goto(`${base}/set-password`);
    await heading(page, 'Part of the link is missing');
    await leadsOn(page);
    assert.deepEqual(calls, []);
  },
  'no link nor anything pasted': async ({page, calls}) => {
    await pasteLink(page, 'hello there');
    await alert(page, /^There is no link or code in that\./);
    assert.equal(await focused(page), 'pasted');
    assert.deepEqual(calls, []);
  },
  'no link but one pasted': async ({page}) => {
    await pasteLink(page, `see <${base}/set-password%23valid>.`);
    await heading(page, 'Choose your password');
  },
  'no link but a code pasted': async ({page, calls}) => {
    await pasteLink(page, '\tgood\u20132345. ');
    await heading(page, 'Enter your code');
    assert.equal(page.url(), `${base}/code`);
    assert.equal(await page.getByLabel('Code', {exact: true}).inputValue(), 'GOOD2345');
    assert.deepEqual(calls, []);
  },
  'link as it arrives': async ({page, calls}) => {
    const arrived = [
      '/set-password%23valid',
      '/set-password%2523valid',
      '/set-password/#valid',
      '/Set-Password#valid',
      '/SET-PASSWORD/%23valid',
      '/set-password#valid>',
      '/set-password#valid.',
      '/set-password#valid)',
      '/set-password#valid%20',
      '/set-password#valid&utm_source=mail',
      '/set-password#valid?fbclid=IwAR0',
      '/set-password?fbclid=IwAR0#valid',
    ];
    for (const path of arrived) {
      await page.goto('about:blank');
      await page.goto(base + path);
      await heading(page, 'Choose your password');
      assert.equal(page.url(), `${base}/set-password`, path);
    }
    assert.equal(calls.length, arrived.length);
  },
  'code page given a link': async ({page}) => {
    await typeCode(page, `${base}/set-password#valid`);
    await heading(page, 'Choose your password');
  },
  'set in another tab': async ({page, context}) => {
    await page.goto(`${base}/set-password#valid`);
    await heading(page, 'Choose your password');
    const other = await context.newPage();
    await typeCode(other, 'GOOD-2345');
    await setPassword(other, password);
    await heading(other, 'Your password is set');
    await heading(page, 'Your password is set');
    await says(page, 'Sign in as ada with your new password.');
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
  users: async ({page, admin}) => {
    await admin('/users');
    await heading(page, 'Users');
    await says(
      page,
      'ada@example.test',
      '<img src=x onerror=alert(1)>',
      'Expired',
      'Field Engineer',
    );
    await page.getByRole('button', {name: 'Load more'}).click();
    await page.getByRole('link', {name: 'zoa', exact: true}).waitFor();
    assert.equal(await page.getByRole('button', {name: 'Load more'}).count(), 0);
  },
  'users found': async ({page, admin, calls}) => {
    await admin('/users');
    await page.getByLabel('Username or address').fill('ad');
    await page.waitForURL('**/users?q=ad');
    await page.reload();
    assert.equal(await page.getByLabel('Username or address').inputValue(), 'ad');
    await page.getByRole('link', {name: 'ada@example.test'}).click();
    await heading(page, 'Adam Ant');
    assert.equal(page.url(), `${base}/users/ada%40example.test`);
    assert.ok(calls.includes('GET /api/users/ada%40example.test'));
  },
  'users not found': async ({page, admin}) => {
    await admin('/users?q=nobody');
    await says(page, 'Nobody matches.');
  },
  user: async ({page, admin}) => {
    await admin('/users/adam');
    await heading(page, 'Adam Ant');
    await says(
      page,
      'adam',
      'Sign-in is locked until 2 Mar 2030, 13:15',
      'Cost Center\n4711',
      "The address doesn't exist",
      'Undeliverable',
      'Not used',
      'Fresh link, sent by an administrator',
      '4,712',
    );
  },
  'console without loading anew': async ({page, admin}) => {
    await admin('/users');
    await page.evaluate(() => {
      window.loadedOnce = true;
    });
    const current = () => page.locator('nav [aria-current]').allInnerTexts();
    assert.deepEqual(await current(), ['Users']);
    await page.getByRole('link', {name: 'ada@example.test'}).click();
    await heading(page, 'Adam Ant');
    assert.equal(await page.locator('nav [aria-current=true]').innerText(), 'Users');
    assert.ok(await page.locator('h1').evaluate(h1 => h1 === document.activeElement));
    await page.getByRole('link', {name: 'What was done to this user'}).click();
    await heading(page, 'Audit');
    assert.equal(await page.getByLabel('To the user').inputValue(), 'ada@example.test');
    assert.deepEqual(await current(), ['Audit']);
    // The same page once more is a new one, as if it were loaded.
    await page.getByRole('link', {name: 'Audit', exact: true}).click();
    await page.waitForFunction(() => document.querySelector('#username').value === '');
    await page.getByRole('link', {name: 'Settings'}).click();
    await heading(page, 'Settings');
    await page.goBack();
    await heading(page, 'Audit');
    await page.goBack();
    await page.waitForURL('**/audit?username=ada%40example.test');
    await page.waitForFunction(() => document.querySelector('#username').value !== '');
    await page.goBack();
    await heading(page, 'Adam Ant');
    await page.keyboard.press('Home');
    await page.locator('.skip').evaluate(link => link.click());
    await heading(page, 'Adam Ant');
    assert.ok(await page.evaluate(() => window.loadedOnce), 'a page was loaded anew');
  },
  'user asked about': async ({page, admin, calls}) => {
    await admin('/users/adam');
    await page.getByRole('button', {name: 'Send a fresh link'}).click();
    await page.getByRole('dialog', {name: 'Send adam a fresh link?'}).waitFor();
    assert.ok(!calls.some(call => call.startsWith('POST')));
  },
  'user acted on': async ({page, admin, calls}) => {
    await admin('/users/adam');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', {name: 'Send a fresh link'}).click();
    await dialog.getByRole('button', {name: 'Cancel'}).click();
    await dialog.waitFor({state: 'detached'});
    await page.getByRole('button', {name: 'Send a fresh link'}).click();
    await dialog.getByRole('button', {name: 'Send a fresh link'}).dblclick();
    await page.getByText('A fresh link is on its way.').waitFor();
    await page.getByRole('button', {name: 'End sessions'}).click();
    await dialog.getByRole('button', {name: 'End sessions'}).click();
    await page.getByText('All sessions are ended.').waitFor();
    await page.getByRole('button', {name: 'Unlock'}).click();
    await page.getByText('Sign-in is unlocked.').waitFor();
    await page.getByText('Sign-in is locked until').waitFor({state: 'detached'});
    await page.getByRole('button', {name: 'Try it again'}).click();
    await dialog.getByRole('button', {name: 'Try it again'}).click();
    await page.getByText('Undeliverable').waitFor({state: 'detached'});
    assert.deepEqual(
      calls.filter(call => call.startsWith('POST')),
      [
        'POST /api/users/adam/notifications',
        'POST /api/users/adam/sign-out',
        'POST /api/users/adam/unlock',
        'POST /api/users/adam/devices/Work%20Email/clear',
      ],
    );
  },
  'user inactive': async ({page, admin}) => {
    await admin('/users/adele');
    await page.getByRole('button', {name: 'Send a fresh link'}).click();
    await page.getByRole('dialog').getByRole('button', {name: 'Send a fresh link'}).click();
    await alert(page, 'This user is inactive, and is sent nothing.');
  },
  'user unknown': async ({page, admin}) => {
    await admin('/users/nobody');
    await alert(page, 'There is no such user.');
  },
  'users of an administrator whose session is over': async ({page, admin, context}) => {
    await admin('/users?q=ad');
    await page.getByRole('link', {name: 'ada', exact: true}).waitFor();
    await context.addCookies([{name: 'session', value: 'over', url: base}]);
    await page.getByRole('button', {name: 'Load more'}).click();
    await heading(page, 'Sign in');
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password', {exact: true}).fill(password);
    await page.getByRole('button', {name: 'Sign in'}).click();
    await page.waitForURL(`${base}/users?q=ad`);
    await page.getByRole('link', {name: 'ada', exact: true}).waitFor();
  },
  'users of somebody who is no administrator': async ({page, admin}) => {
    await admin('/users', 'ada');
    await alert(page, 'Only administrators may see this. You are signed in as somebody else.');
  },
  audit: async ({page, admin}) => {
    await admin('/audit');
    await heading(page, 'Audit');
    await says(
      page,
      'Fresh link sent',
      'Sign-in failed',
      'Wrong password',
      '192.0.2.1',
      '2 Mar 2030, 13:00',
    );
    await page.getByRole('button', {name: 'Load more'}).click();
    await page.getByRole('link', {name: 'zoam'}).waitFor();
  },
  'audit filtered': async ({page, admin}) => {
    await admin('/audit?username=adam');
    await says(page, 'Fresh link sent');
    const asked = page.waitForRequest(request => request.url().includes('from='));
    await page.getByLabel('From', {exact: true}).fill('2030-03-01T13:00');
    assert.equal(new URL((await asked).url()).searchParams.get('from'), '2030-03-01T12:00:00.000Z');
    await page.waitForURL('**/audit?username=adam&from=2030-03-01T13%3A00');
    await page.getByLabel('To the user').fill('nobody');
    await says(page, 'Nothing of that kind was done.');
  },
  'audit of a quiet year': async ({page, admin}) => {
    // What was found is seen while the rest is looked for.
    const entry = {
      at: '2030-03-02T12:00:00Z',
      actor: 'admin',
      action: 'signed_in',
      target: 'admin',
      job: null,
      source_ip: '192.0.2.1',
      result: 'ok',
    };
    await page.route('**/api/audit?*', route =>
      route.request().url().includes('cursor=')
        ? undefined
        : route.fulfill({json: {items: [entry], next_cursor: 'next'}}),
    );
    await admin('/audit');
    await says(page, 'Signed in', '2 Mar 2030, 13:00');
  },
  settings: async ({page, admin}) => {
    await admin('/settings');
    await heading(page, 'Settings');
    await says(
      page,
      'Example & Sons',
      'A link works for\n3 days',
      '10 minutes to 30 days',
      '15 to 128 characters',
      '50,000 emails',
      '14 a second',
      'in the sandbox',
      'English, German',
      '1 GB',
      '5,000,000',
      'Remembered columns',
      'Kennung, Vorname <img src=x onerror=alert(1)>, Work Email …',
      '4 columns',
    );
    await page.getByText('4 columns').click();
    await says(page, 'Kennung: User', 'Work Email: Work Email', 'Schuhgröße: Ignore');
  },
  'settings asked to forget columns': async ({page, admin, calls}) => {
    await admin('/settings');
    await page.getByRole('button', {name: 'Forget'}).click();
    await page.getByRole('dialog', {name: 'Forget these columns?'}).waitFor();
    assert.ok(!calls.some(call => call.startsWith('DELETE')));
  },
  'settings that forget columns': async ({page, admin, calls}) => {
    await admin('/settings');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', {name: 'Forget'}).press('Enter');
    await dialog.waitFor(); // which it is a frame later
    await page.keyboard.press('Escape');
    await dialog.waitFor({state: 'detached'});
    await page.getByRole('button', {name: 'Forget'}).press('Enter');
    await page.route('**/api/mappings?*', route =>
      route.fulfill({json: {items: [], next_cursor: null}}),
    );
    await dialog.getByRole('button', {name: 'Forget'}).dblclick();
    await page.getByText('The columns are forgotten.').waitFor();
    await says(page, 'No columns were mapped yet');
    assert.equal(calls.filter(call => call.startsWith('DELETE')).length, 1);
  },
  'nothing is uploaded before it is known who may be reached how': async ({page, admin}) => {
    let tell;
    const told = new Promise(done => (tell = done));
    await page.route('**/api/settings', route => told.then(() => route.continue()));
    await admin('/jobs/new');
    const upload = page.getByRole('button', {name: 'Upload'});
    assert.ok(await upload.isDisabled());
    tell();
    await page.getByRole('checkbox', {name: 'Work Email'}).waitFor();
    assert.ok(await upload.isEnabled());
  },
  'upload in another encoding': async ({page, admin}) => {
    const sent = [];
    await page.route('**/api/jobs', route => {
      sent.push(route.request().postDataJSON().encoding);
      return route.abort();
    });
    await admin('/jobs/new');
    await page.getByRole('checkbox', {name: 'Work Email'}).waitFor();
    const choose = (name, bytes) =>
      page.locator('#file').setInputFiles({name, mimeType: 'text/csv', buffer: bytes});
    const asked = page.getByRole('group', {name: 'Which of these are spelt right?'});
    // What hasn't been seen isn't sent, however fast somebody is.
    await page.evaluate(() => {
      const bytes = Uint8Array.from('User,Name\nu1,Zo\x91\nu2,M\x9fller\n', c => c.charCodeAt(0));
      const chosen = new DataTransfer();
      chosen.items.add(new File([bytes], 'mac.csv'));
      const file = document.getElementById('file');
      file.files = chosen.files;
      file.dispatchEvent(new Event('change', {bubbles: true}));
      file.form.requestSubmit();
    });
    await asked.waitFor();
    assert.deepEqual(sent, []);
    assert.ok(await page.getByRole('radio', {name: 'Zoë, Müller macintosh'}).isChecked());
    await page.getByRole('button', {name: 'More ways'}).click();
    await page.getByRole('radio', {name: 'Zo▒, M÷ller koi8-r'}).waitFor();
    await page.getByRole('radio', {name: 'Zoë'}).focus();
    await page.keyboard.press('ArrowDown');
    const other = await page.getByRole('radio', {checked: true}).getAttribute('value');
    assert.notEqual(other, 'macintosh');
    await page.getByRole('button', {name: 'Upload'}).click();
    await alert(page, /^We can't be reached just now\./);
    assert.deepEqual(sent, [other]);
    await choose('plain.csv', Buffer.from('User,Name\nu1,Zoë\n'));
    await asked.waitFor({state: 'detached'});
    await page.getByRole('button', {name: 'Upload'}).click();
    await page.waitForFunction(() => !document.querySelector('form[aria-busy]'));
    assert.deepEqual(sent, [other, undefined]);
    await choose('latin.csv', Buffer.from('User,Name\nu1,Zo\xeb\nu2,M\xfcller\n', 'latin1'));
    await page.getByRole('radio', {name: 'Zoë, Müller windows-1252', checked: true}).waitFor();
  },
  columns: async ({page, admin}) => {
    const sent = await mapping(page);
    await admin('/jobs/j1/validate');
    await heading(page, 'Autumn');
    await says(
      page,
      'Needs columns',
      'This is an export of Okta.',
      'The columns are named in row 2.',
      '2 columns have no decision yet: Schuhgröße, Nick',
      'It is Home Email as well.',
      'Zoë',
    );
    const becomes = name => page.getByLabel(`What ${name} becomes`, {exact: true});
    assert.equal(await becomes('login').inputValue(), 'User');
    assert.equal(await becomes('Mail').inputValue(), 'Work Email');
    assert.equal(await becomes('Nick').inputValue(), '');
    await page.getByRole('row', {name: /^Mail Proposed/}).waitFor();
    await page.getByRole('row', {name: /^Nick Needs a decision/}).waitFor();
    // By keyboard alone.
    await page.getByRole('button', {name: 'Use these columns'}).press('Enter');
    await page.waitForFunction(() => document.activeElement.matches('select[aria-invalid]'));
    await says(page, 'Choose what it becomes, or ignore it.');
    await page.keyboard.type('Cost');
    await says(page, '1 column has no decision yet: Nick');
    await page.getByRole('button', {name: 'Ignore it'}).press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'map');
    await page.reload();
    await says(page, 'Okta');
    assert.equal(await becomes('Schuhgröße').inputValue(), 'Cost Center', 'it is kept');
    await page.getByLabel('Do the same with later files').press('Space');
    await page.getByRole('button', {name: 'Use these columns'}).press('Enter');
    await says(page, 'The column can’t be that.');
    await page.waitForFunction(
      () => document.activeElement.getAttribute('aria-label') === 'What Mail becomes',
    );
    assert.deepEqual(sent, [
      {
        columns: {
          login: 'User',
          'Vorname <img src=x onerror=alert(1)>': 'First Name',
          Mail: 'Work Email',
          department: null,
          Schuhgröße: 'Cost Center',
          Nick: null,
        },
        remember: false,
      },
    ]);
  },
  'columns twice the same': async ({page, admin}) => {
    const sent = await mapping(page);
    await admin('/jobs/j1/validate');
    await page.getByLabel('What Nick becomes').selectOption('User');
    await says(page, 'The column login is that already.');
    await page.getByLabel('What login becomes').selectOption('Ignore');
    await page.getByLabel('What Nick becomes').selectOption('Site');
    await page.getByRole('button', {name: 'Ignore it'}).click();
    await page.getByRole('button', {name: 'Use these columns'}).click();
    await alert(page, "One column has to be User: each user's username.");
    assert.deepEqual(sent, []);
  },
  'columns of a rejected file': async ({page, admin}) => {
    await mapping(page);
    await page.route('**/api/jobs/j1', route =>
      route.fulfill({json: {...unmapped, status: 'rejected', rejected_reason: 'No row is good.'}}),
    );
    await page.route('**/api/jobs/j1/mapping', route =>
      route.request().method() === 'GET'
        ? route.fallback()
        : route.fulfill({
            status: 409,
            json: {error: {code: 'job_not_validated', message: 'm', fields: []}},
          }),
    );
    await admin('/jobs/j1/validate');
    await says(page, 'No row is good.', 'Upload another file');
    await page.getByRole('button', {name: 'Change the columns'}).click();
    await page.waitForFunction(
      () => document.activeElement.textContent === 'What the columns become',
    );
    await page.getByRole('button', {name: 'Cancel'}).click();
    await page.waitForFunction(() => document.activeElement.matches('h1'));
    await page.getByRole('button', {name: 'Change the columns'}).click();
    await page.getByRole('button', {name: 'Ignore these 2'}).click();
    await page.getByRole('button', {name: 'Use these columns'}).click();
    await page.getByText('The file was rejected for another reason than its columns').waitFor();
  },
  'columns by the hundred': async ({page, admin}) => {
    const many = Array.from({length: 100}, (_, i) => ({
      column: i % 7 === 0 ? `extensionAttribute${i}`.repeat(5) : `Column ${i}`,
      samples: [`value ${i}`, 'x'.repeat(i)].filter(Boolean),
      field: null,
      source: null,
      export: null,
      also: null,
    }));
    await mapping(page, [...okta, ...many]);
    await admin('/jobs/j1/validate');
    await page.getByText('102 columns have no decision yet').click();
    await page.getByRole('button', {name: 'Use these columns'}).waitFor();
  },
  'job that needs columns': async ({page, admin}) => {
    await mapping(page);
    await page.route('**/api/jobs?*', route =>
      route.fulfill({json: {items: [unmapped], next_cursor: null}}),
    );
    await admin('/jobs');
    await page.getByLabel('Status').selectOption('Needs columns');
    await page.getByRole('row', {name: /Autumn Needs columns/}).waitFor();
    await page.getByRole('link', {name: 'Autumn'}).click();
    await page.waitForURL('**/jobs/j1/validate');
    await page.goBack();
    await page.getByRole('row', {name: /Autumn Needs columns/}).waitFor();
  },
  'job whose rows could not be read': async ({page, admin}) => {
    const rejected_reason = 'The file is no longer in the bucket.';
    const rows = {total: 20, valid: 20, invalid: 0, processed: 20, added: 0, failed: 20};
    await page.route('**/api/jobs/j1', route =>
      route.fulfill({json: {...unmapped, status: 'failed', rejected_reason, rows}}),
    );
    await admin('/jobs/j1/process');
    await says(page, rejected_reason, '20 rows were given up on');
  },
  'the script of the page not running': async ({page}) => {
    // As in a browser that doesn't know all that it says.
    await page.route('**/sign-in', async route => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace('type="module"', 'type="unknown"');
      await route.fulfill({response: answer, body});
    });
    await page.goto(`${base}/sign-in`);
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password', {exact: true}).fill(password);
    await page.getByRole('button', {name: 'Sign in'}).click();
    await page.getByText("This page isn't complete").waitFor({state: 'visible'});
    assert.equal(page.url(), `${base}/sign-in`);
    assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
  },
  'not found': async ({page}) => {
    await page.goto(`${base}/nowhere`);
    await heading(page, 'There is nothing here');
  },
};

// In German, as a browser asks for it.
const german = {
  'de sign-in wrong': async ({page}) => {
    await page.goto(`${base}/sign-in`);
    await page.getByLabel('Benutzername').fill('ada');
    await page.getByLabel('Passwort', {exact: true}).fill('falsch');
    await page.getByRole('button', {name: 'Anmelden'}).click();
    await alert(page, 'Der Benutzername oder das Passwort ist falsch.');
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    assert.equal(await page.title(), 'Anmelden · Example & Sons');
  },
  'de forgot-password asked': async ({page}) => {
    await page.goto(`${base}/forgot-password`);
    await page.getByLabel('Benutzername').fill('ada');
    await page.getByRole('button', {name: 'Link und Code senden'}).click();
    await heading(page, 'Sehen Sie in Ihren Nachrichten nach');
  },
  'de code': async ({page}) => {
    await page.goto(`${base}/code`);
    await heading(page, 'Geben Sie Ihren Code ein');
  },
  'de set-password': async ({page}) => {
    await page.goto(`${base}/set-password#valid`);
    await heading(page, 'Wählen Sie Ihr Passwort');
    await says(page, '4. März 2030 um 13:00');
    await page.getByRole('button', {name: 'Passphrase vorschlagen'}).click();
    await says(page, 'Sehr schwer zu erraten');
  },
  'de expired': async ({page}) => {
    await page.goto(`${base}/set-password#expired`);
    await heading(page, 'Dieser Link ist abgelaufen');
  },
  'de users': async ({page, admin}) => {
    await admin('/users');
    await heading(page, 'Benutzer');
    await says(page, 'adele');
  },
  'de user': async ({page, admin}) => {
    await admin('/users/adam');
    await says(page, 'Neuer Link, von der Verwaltung gesendet');
  },
  'de audit': async ({page, admin}) => {
    await admin('/audit');
    await says(page, 'Anmeldung gescheitert', 'Falsches Passwort');
  },
  'de settings': async ({page, admin}) => {
    await admin('/settings');
    await says(page, '3 Tage', '5.000.000', 'Gemerkte Spalten', '4 Spalten');
  },
  'de columns': async ({page, admin}) => {
    await mapping(page);
    await admin('/jobs/j1/validate');
    await says(page, '2 Spalten sind noch nicht entschieden');
  },
  'de no link': async ({page}) => {
    await page.goto(`${base}/set-password`);
    await heading(page, 'Ein Teil des Links fehlt');
  },
};

// In languages that testdata/languages has a few texts of: their plurals and direction.
const further = {
  'pl users': async ({page, admin}) => {
    await admin('/users');
    await heading(page, 'Użytkownicy');
    await says(page, 'Pokazano 14 pozycji');
    await page.getByRole('button', {name: 'Wczytaj więcej'}).click();
    await says(page, 'zoele');
    assert.equal(await page.locator('html').getAttribute('dir'), 'ltr');
  },
  'pl settings': async ({page, admin}) => {
    await admin('/settings');
    await says(page, '50\u00a0000 wiadomości', '3 dni');
  },
  'ar users': async ({page, admin}) => {
    await admin('/users');
    await heading(page, 'المستخدمون');
    await says(page, '١٤ عنصرًا');
    assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
  },
  'ar user': async ({page, admin}) => {
    await admin('/users/adam');
    const phone = page.getByText('+16502530002', {exact: true});
    const [sign, digit] = await phone.evaluate(({firstChild: text}) =>
      [0, 1].map(i => {
        const range = document.createRange();
        range.setStart(text, i);
        range.setEnd(text, i + 1);
        return range.getBoundingClientRect().left;
      }),
    );
    assert.ok(sign < digit, 'the sign of a phone number is on its left');
  },
  'ar columns': async ({page, admin}) => {
    await mapping(page);
    await admin('/jobs/j1/validate');
    await page.getByRole('cell', {name: '+49 30 901820'}).waitFor();
  },
  'ar sign-in': async ({page}) => {
    await page.goto(`${base}/sign-in`);
    await heading(page, 'تسجيل الدخول');
  },
};

// A job that waits for somebody to say what its columns are, and the columns.
const unmapped = {
  id: 'j1',
  name: 'Autumn',
  file_name: 'okta.csv',
  status: 'needs_mapping',
  rejected_reason: null,
  created_at: '2030-03-01T12:00:00Z',
  created_by: 'admin',
  finished_at: null,
  devices: ['Work Email'],
  link_lifetime: '72h',
  custom_fields: ['Cost Center'],
  rows: {total: null, valid: null, invalid: null, planned: null, processed: null},
  users: null,
  reminders: null,
  notifications: 0,
};
const column = (name, field, source, samples, more) => ({
  column: name,
  samples,
  field,
  source,
  export: null,
  also: null,
  ...more,
});
const okta = [
  column('login', 'User', 'known', ['ada@example.test', 'bob'], {
    export: 'Okta',
    also: 'Home Email',
  }),
  column('Vorname <img src=x onerror=alert(1)>', 'First Name', 'remembered', ['Ada', 'Zoë']),
  column('Last Name', 'Last Name', 'ours', ['Lovelace', 'King', 'Weiß']),
  column('Mail', 'Work Email', 'proposed', [`${'a-rather-long-name.'.repeat(3)}@example.test`]),
  column('SMS Phone', 'SMS Phone', 'ours', ['+49 30 901820']),
  column('department', null, 'known', ['R&D'], {export: 'Okta'}),
  column('Schuhgröße', null, null, ['40', '41', '42']),
  column('Nick', null, null, []),
];

/** Answers as for a job that waits for its columns. Returns what is sent of them. */
async function mapping(page, columns = okta) {
  const sent = [];
  const refusal = {
    code: 'invalid_request',
    message: 'A sentence.',
    fields: [{field: 'columns.Mail', code: 'not_allowed', message: 'The column can’t be that.'}],
  };
  await page.route('**/api/jobs/j1', route => route.fulfill({json: unmapped}));
  await page.route('**/api/jobs/j1/mapping', route => {
    if (route.request().method() === 'GET') return route.fulfill({json: {row: 2, columns}});
    sent.push(route.request().postDataJSON());
    return route.fulfill({status: 422, json: {error: refusal}});
  });
  return sent;
}

const locales = {de: 'de-DE', pl: 'pl-PL', ar: 'ar-EG'};

// These end in a state that another of the tests looks at, or that differs by a sentence
// alone.
const seen = new Set([
  'sign-in unreachable',
  'sign-in broken',
  'signed-out',
  'signed-in as an administrator who was somewhere',
  'forgot-password too often',
  'code expired',
  'code valid',
  'set-password loads',
  'set-password too short',
  'set-password unreachable',
  'set-password ended unreachable',
  'set-password done then sign in',
  'set-password without storage',
  'set-password second link in the tab',
  'set-password late',
  'set-password raced',
  'check unreachable then tried again',
  'no link but one pasted',
  'no link but a code pasted',
  'link as it arrives',
  'code page given a link',
  'set in another tab',
  'users found',
  'user acted on',
  'audit of a quiet year',
  'users of an administrator whose session is over',
  'users of somebody who is no administrator',
]);

/** The person can ask for a link, type a code, sign in, and ask somebody. */
async function leadsOn(page) {
  for (const name of [
    'Ask for a new link',
    'I have a code',
    'Back to sign in',
    'help@example.test',
  ]) {
    await page.getByRole('link', {name}).waitFor();
  }
}

const heading = (page, name) => page.getByRole('heading', {level: 1, name, exact: true}).waitFor();

const focused = page => page.evaluate(() => document.activeElement.id);

/**
 * Waits until the page shows the texts: what it says may depend on an answer that is
 * still under way.
 */
async function says(page, ...texts) {
  const until = Date.now() + patience;
  for (;;) {
    const shown = await page.locator('main').innerText();
    const missing = texts.find(text => !shown.includes(text));
    if (!missing) return;
    assert.ok(
      Date.now() < until,
      `the page doesn't say ${JSON.stringify(missing)}, but:\n${shown}`,
    );
    await page.waitForTimeout(50);
  }
}

async function alert(page, text) {
  const box = page.locator('[role=alert]:visible p').first();
  await box.waitFor();
  const shown = await box.innerText();
  if (text instanceof RegExp) assert.match(shown, text);
  else assert.equal(shown, text);
}

async function signIn(page, address, username, secret, query = '') {
  await page.goto(`${address}/sign-in${query}`);
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

/** Pastes a text where the page asks for the whole link or the code. */
async function pasteLink(page, text) {
  await page.goto(`${base}/set-password`);
  await page.getByLabel('The whole link, or the code').fill(text);
  await page.getByRole('button', {name: 'Continue'}).click();
}

async function setPassword(page, secret) {
  await page.getByLabel('New password').fill(secret);
  await page.getByRole('button', {name: 'Set password'}).click();
}

/**
 * Looks at the page as it is now, wide and narrow, light and dark; in another language,
 * wide and light, and narrow and dark.
 */
async function inspect(page, name) {
  await page.evaluate(axe);
  for (const shape of name in german || name in further ? [shapes[0], shapes.at(-1)] : shapes) {
    await page.setViewportSize(shape);
    await page.emulateMedia({colorScheme: shape.colorScheme});
    // What doesn't depend on size and colour is looked for once, wide, and once, narrow.
    const rules =
      shape.name === '1440-light' || shape.name === '360-dark'
        ? undefined
        : ['color-contrast', 'target-size'];
    const found = await page.evaluate(
      rules => window.axe.run(document, rules ? {runOnly: rules} : {}),
      rules,
    );
    assert.deepEqual(
      found.violations.map(({id, nodes}) => `${id}: ${nodes[0].html}`),
      [],
      `axe at ${shape.name}`,
    );
    assert.equal(await page.locator('h1:visible').count(), 1, 'there is one heading');
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    assert.ok(over <= 0, `at ${shape.name}, the page is ${over} px wider than the screen`);
    if (pictures)
      await page.screenshot({
        path: join(pictures, `${name.replaceAll(' ', '-')}-${shape.name}.png`),
        fullPage: true,
      });
  }
}

const browser = await chromium.launch({
  executablePath,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let failed = 0;

async function run([name, test]) {
  const locale = locales[name.split(' ')[0]] ?? 'en-GB';
  const context = await browser.newContext({
    locale,
    timezoneId: 'Europe/Berlin',
    viewport: shapes[0],
  });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const calls = [];
  const complaints = [];
  page.on('request', request => {
    const {pathname} = new URL(request.url());
    if (pathname.startsWith('/api/')) calls.push(`${request.method()} ${pathname}`);
  });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('console', said => {
    // A refusal is an answer; and a network that is down, a case of its own.
    if (said.type() === 'error' && !said.text().startsWith('Failed to load resource:'))
      complaints.push(said.text());
  });
  await page.exposeFunction('refusedByPolicy', what =>
    complaints.push(`content security policy: ${what}`),
  );
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', ({violatedDirective, blockedURI}) =>
      window.refusedByPolicy(`${violatedDirective} ${blockedURI}`),
    ),
  );
  try {
    /** Opens a page of the console, signed in. */
    const admin = async (path, username = 'admin') => {
      await context.addCookies([{name: 'session', value: username, url: base}]);
      await page.goto(base + path);
    };
    await test({page, calls, admin, context});
    if (!seen.delete(name)) await inspect(page, name);
    assert.deepEqual(complaints, [], 'the browser has nothing to complain of');
  } catch (error) {
    failed++;
    console.error(`${name}: ${error.message}\n`);
  }
  await context.close();
}

const waiting = Object.entries({...tests, ...german, ...further}).filter(
  ([name]) => !process.env.LATCHKEY_ONLY || name.startsWith(process.env.LATCHKEY_ONLY),
);
await Promise.all(
  Array.from({length: atOnce}, async () => {
    while (waiting.length > 0) await run(waiting.shift());
  }),
);
await browser.close();
assert.ok(process.env.LATCHKEY_ONLY || seen.size === 0, `there is no such test: ${[...seen]}`);
process.exitCode = failed ? 1 : 0;
