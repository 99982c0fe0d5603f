// Goes through what an administrator does, in Chromium, against a whole system: from the
// first administrator's link to reminders and bounces. Fails if a page doesn't say or do
// what it should, isn't accessible, is wider than the screen, or makes the browser
// complain.
//
// node console.mjs <folder with node_modules> <browser> <address of a system that is new>
// <file of users> LATCHKEY_PICTURES, if set, is a folder for pictures.

import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const [tools, executablePath, base, file] = process.argv.slice(2);
const require = createRequire(join(tools, 'package.json'));
const {chromium} = require('playwright-core');
const {source: axe} = require('axe-core');

const pictures = process.env.LATCHKEY_PICTURES;
const password = 'correct horse battery, and a staple';
const patience = 30_000; // milliseconds that a page may take, on a busy machine
const shapes = [1440, 768, 360].flatMap(width =>
  ['light', 'dark'].map(colorScheme => ({
    name: `${width}-${colorScheme}`,
    width,
    height: width > 700 ? 900 : 740,
    colorScheme,
  })),
);

const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
const context = await browser.newContext({
  locale: 'en-GB',
  timezoneId: 'Europe/Berlin',
  viewport: shapes[0],
});
context.setDefaultTimeout(patience);
const page = await context.newPage();
const calls = [];
const complaints = [];
page.on('request', request => {
  const {pathname, searchParams} = new URL(request.url());
  if (!pathname.startsWith('/api/')) return;
  calls.push(`${request.method()} ${pathname}`);
  if (Number(searchParams.get('limit')) > 200)
    complaints.push(`more than 200 are asked for: ${request.url()}`);
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
    window.refusedByPolicy?.(`${violatedDirective} ${blockedURI}`),
  ),
);

const heading = name => page.getByRole('heading', {level: 1, name, exact: true}).waitFor();
const button = (name, within = page) =>
  within.getByRole('button', {name, exact: typeof name === 'string'});
const link = name => page.getByRole('link', {name, exact: typeof name === 'string'});
const says = text => page.locator('main').getByText(text).first().waitFor();
const made = (method, path) => calls.filter(call => call === `${method} ${path}`).length;

async function eventually(what, look) {
  for (const until = Date.now() + patience; ;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < until, `it never came: ${what}`);
    await page.waitForTimeout(100);
  }
}

async function api(method, path, data) {
  const answer = await page.request.fetch(base + path, {method, data, headers: {Origin: base}});
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.status() === 204 ? null : answer.json();
}

const messages = async to =>
  (await api('GET', `/_local/messages?to=${encodeURIComponent(to)}`)).items;

/** The link of the count-th message to an address that has one. */
const linkTo = (to, count = 1) =>
  eventually(
    `message ${count} to ${to}`,
    async () =>
      (await messages(to))
        .map(({text}) => text.match(/http\S+\/set-password#\S+/)?.[0])
        .filter(Boolean)[count - 1],
  );

/** Looks at the page as it is now, wide and narrow, light and dark. */
async function inspect(name) {
  await page.waitForFunction(() => !document.querySelector('main .skeleton'));
  await page.evaluate(axe);
  for (const shape of shapes) {
    await page.setViewportSize(shape);
    await page.emulateMedia({colorScheme: shape.colorScheme});
    // What doesn't depend on size and colour is looked for once, wide, and once, narrow;
    // what depends on one of them, in the other colours and sizes.
    const rules = {
      '1440-light': undefined,
      '360-dark': undefined,
      '1440-dark': ['color-contrast'],
      '360-light': ['color-contrast'],
    };
    if (shape.name in rules) {
      const only = rules[shape.name];
      const found = await page.evaluate(
        only => window.axe.run(document, {iframes: false, ...(only && {runOnly: only})}),
        only,
      );
      assert.deepEqual(
        found.violations.map(({id, nodes}) => `${id}: ${nodes[0].html}`),
        [],
        `${name}: axe at ${shape.name}`,
      );
    }
    assert.equal(await page.locator('h1:visible').count(), 1, `${name}: there is one heading`);
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    assert.ok(over <= 0, `${name}: at ${shape.name}, the page is ${over} px wider than the screen`);
    if (pictures)
      await page.screenshot({
        path: join(pictures, `${name.replaceAll(' ', '-')}-${shape.name}.png`),
        fullPage: true,
      });
  }
  await page.setViewportSize(shapes[0]);
  await page.emulateMedia({colorScheme: 'light'});
}

async function setPassword(address, secret = password) {
  await page.goto(address);
  await page.getByLabel('New password').fill(secret);
  await button('Set password').click();
  await heading('Your password is set');
}

async function signIn(username, secret = password) {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', {exact: true}).fill(secret);
  await button('Sign in').click();
}

let job;
let other; // their ids

const steps = {
  'the first administrator comes by a drop, and signs in': async () => {
    const {s3_endpoint: s3, bucket} = await api('GET', '/_local/config');
    const dropped = await page.request.put(`${s3}/${bucket}/uploads/first.csv`, {
      data: [
        'User,First Name,Last Name,Role,Work Email',
        'chief,Charlie,Chief,Administrator,chief@example.com',
        '',
      ].join('\n'),
      headers: {'x-amz-meta-notify': 'pending'},
    });
    assert.ok(dropped.ok());
    await setPassword(await linkTo('chief@example.com'));
    // Who isn't signed in is led to the page that was asked for.
    await page.goto(`${base}/jobs?q=nothing`);
    await heading('Sign in');
    await signIn('chief');
    await heading('Upload jobs');
    assert.equal(new URL(page.url()).search, '?q=nothing');
    await says('No job matches.');
    await page.locator('#who').getByText('Charlie Chief').waitFor();
    await inspect('jobs none found');
    await page.getByLabel('Name begins with').fill('FIR');
    await link('first.csv').waitFor();
    await page.goto(`${base}/jobs?status=rejected`);
    await says('No job matches.');
  },
  'a file is chosen, and one of another kind is refused at once': async () => {
    await link('New upload').first().click();
    await heading('New upload');
    await inspect('upload');
    await button('Upload').click();
    await says('Choose a file first.');
    await page
      .locator('#file')
      .setInputFiles({name: 'users.ods', mimeType: 'application/zip', buffer: Buffer.from('PK')});
    await says("A workbook of this kind isn't read.");
    await inspect('upload refused');
    await page.locator('#file').setInputFiles({
      name: 'wrong.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('User,,Work Email\nx,y,x@example.com\n'),
    });
    await page.getByLabel('Name of the job').fill('Mistaken');
    await button('Upload').click();
    await page.waitForURL('**/validate');
    await says('The file was rejected');
    await inspect('rejected');
    await button('Upload another file').click();
    await button('Start over').click();
    await heading('New upload');
    assert.equal(
      await page.getByLabel('Name of the job').inputValue(),
      'Mistaken',
      'the settings are kept',
    );
  },
  'the devices are ordered by keyboard': async () => {
    await button('Move Home Email up').press('Enter');
    // The focus stays in the row.
    await page.waitForFunction(() => document.activeElement.ariaLabel === 'Move Home Email down');
    await page.keyboard.press('Enter');
    await page.reload();
    await says('1. Work Email');
    assert.equal(
      await page.getByLabel('Name of the job').inputValue(),
      'Mistaken',
      'what was typed outlives a reload',
    );
  },
  'the file is uploaded once, validated, and what it would change is shown': async () => {
    await page.getByLabel('Name of the job').fill('Autumn onboarding');
    await page.locator('#file').setInputFiles(file);
    const before = made('POST', '/api/jobs');
    await button('Upload').dblclick();
    await page.waitForURL('**/validate');
    assert.equal(made('POST', '/api/jobs'), before + 1);
    job = new URL(page.url()).pathname.split('/')[2];
    await says('21 rows are good, 3 in error are left out.');
    await says('digits are lost');
    await button('Warnings').click();
    await says('There is no such user to remove');
    await page.getByText('digits are lost').waitFor({state: 'detached'});
    await button(/^All/).first().click();
    await page
      .getByRole('button', {name: /^Add\s*20/})
      .and(page.locator('[aria-pressed=true]'))
      .waitFor();
    await page.getByRole('rowheader', {name: 'bjorn'}).waitFor();
    await inspect('validate');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button('Download rows in error').click(),
    ]);
    assert.match(await readFile(await download.path(), 'utf8'), /Error Row/);
  },
  'a job is left and found again where it was, and processed': async () => {
    await page.goto(`${base}/jobs`);
    await link('Autumn onboarding').click();
    await page.waitForURL(`**/jobs/${job}/validate`);
    await button('Process 21 rows').dblclick();
    await page.waitForURL('**/process');
    await link('Continue to Notify').waitFor();
    await says('0 of 20 users have set a password');
    assert.equal(made('POST', `/api/jobs/${job}/process`), 1);
    await inspect('process');
  },
  'the message is written, seen as an email and as an SMS, and tested': async () => {
    await link('Continue to Notify').click();
    await page.waitForURL('**/notify');
    await says('19 users get a message.');
    await page.frameLocator('iframe').getByText('Choose your password').first().waitFor();
    await inspect('notify');
    const body = page.getByLabel('Text of the email');
    const built = await body.inputValue();
    await body.fill('No link at all');
    await page.locator('#body-fault').waitFor();
    await inspect('notify wrong');
    assert.ok(await button('Send message').isDisabled());
    await button('Undo my changes to the text').click();
    assert.equal(await body.inputValue(), built);
    await page.getByLabel('Subject').fill('Welcome, ');
    await page.getByLabel('Subject').press('End');
    await button('First name').click();
    await page.waitForFunction(() => document.activeElement.value === 'Welcome, {{first_name}}');
    await page.getByLabel('As this user gets it').fill('grace');
    await says('Welcome, Grace "Gigi"');
    await page.getByLabel('As this user gets it').fill('nobody at all');
    await page.locator('#as-fault').waitFor();
    await page.getByLabel('As this user gets it').fill('');
    await button('SMS').click();
    await says(/^\d segments?$/);
    await inspect('notify sms');
    const before = (await messages('chief@example.com')).length;
    await button('Send a test to me').click();
    await page.locator('#toasts').getByText('A test is on its way').waitFor();
    const test = await eventually(
      'the test',
      async () => (await messages('chief@example.com'))[before],
    );
    assert.match(test.subject, /Welcome, /);
    assert.match(test.text, /#sample/);
  },
  'an ended session keeps what was typed': async () => {
    await page.getByLabel('Text of the SMS').fill('Link for {{first_name}}: {{link}}');
    await context.clearCookies();
    // The page finds the session ended when it looks at the job again.
    await heading('Sign in');
    await signIn('chief');
    await page.waitForURL(`**/jobs/${job}/notify`);
    assert.equal(
      await page.getByLabel('Text of the SMS').inputValue(),
      'Link for {{first_name}}: {{link}}',
    );
    assert.equal(await page.getByLabel('Subject').inputValue(), 'Welcome, {{first_name}}');
  },
  'a lost connection keeps it as well, and a double click sends once': async () => {
    const path = `/api/jobs/${job}/notifications`;
    await says('19 users get a message.');
    await page.route(
      `**${path}`,
      route => (route.request().method() === 'POST' ? route.abort() : route.fallback()),
      {times: 1},
    );
    await button('Send message').click();
    const dialog = page.getByRole('dialog');
    await button('Send message', dialog).click();
    await dialog.getByText("We can't be reached just now").waitFor();
    await inspect('send');
    await button('Send message', dialog).dblclick();
    await says('Message 1');
    await page.waitForFunction(() => document.activeElement.id === 'notification-1');
    await says('Delivered');
    assert.equal((await api('GET', path)).items.length, 1);
    assert.equal(
      await page.getByLabel('Subject').inputValue(),
      'Welcome, {{first_name}}',
      'the text of the last message',
    );
    await inspect('sent');
  },
  'two users open their links and set passwords; the job tells who has acted': async () => {
    await setPassword(await linkTo('ada.okafor@example.com'));
    await setPassword(await linkTo('bjorn.akesson@example.com'));
    await eventually('the list counts them', async () => {
      await page.goto(`${base}/jobs`);
      await says(/ of 20 pending/);
      return page.getByText('17 of 20 pending').isVisible();
    });
    await inspect('jobs');
    await link('Autumn onboarding').click();
    await page.waitForURL(`**/jobs/${job}/process`); // a finished job opens here
    await says('2 of 20 users have set a password: 10 %.');
    await link('Overview').click();
    await page.waitForURL(`**/jobs/${job}`);
    await page.locator('svg.chart .dot').waitFor();
    await says('17');
    await inspect('overview');
  },
  'members are filtered and searched': async () => {
    const members = page.locator('section', {has: page.getByRole('heading', {name: 'Members'})});
    await button(/^Active/, members).click();
    await eventually(
      'those two are left',
      async () => (await members.getByRole('rowheader').count()) === 2,
    );
    await members.getByRole('rowheader', {name: /bjorn/}).waitFor();
    await page.reload();
    await eventually(
      'the filter outlives a reload',
      async () => (await members.getByRole('rowheader').count()) === 2,
    );
    await button(/^All/, members).click();
    await members.getByLabel('Username begins with').fill('CHEN');
    await members.getByRole('rowheader', {name: /chen\.wei/}).waitFor();
    await eventually(
      'the others are gone',
      async () => (await members.getByRole('rowheader').count()) === 1,
    );
    await button('Renotify 1 shown', members).click();
    await page.waitForURL('**/notify?audience=named');
    await says('1 named user');
    await page.goBack();
    await members.getByLabel('Username begins with').fill('nobody');
    await says('Nobody matches.');
    await members.getByLabel('Username begins with').fill('');
    await members.getByRole('rowheader', {name: /farah/}).waitFor();
  },
  'only the pending are renotified, with the text of the last message': async () => {
    await button('Renotify pending').click();
    await page.waitForURL('**/notify?audience=pending');
    await says('17 users get a message.');
    assert.equal(await page.getByLabel('Subject').inputValue(), 'Welcome, {{first_name}}');
    await button('Send message').click();
    await page.getByRole('dialog').getByText('Send to 17 users?').waitFor();
    await button('Send message', page.getByRole('dialog')).click();
    await says('Message 2');
    await linkTo('chen.wei@example.com', 2);
    assert.equal(
      (await messages('ada.okafor@example.com')).filter(({text}) => text.includes('#')).length,
      1,
      'who has acted gets nothing',
    );
  },
  'an expired link is renewed, and a forgotten password set by a code': async () => {
    await eventually(
      'the message is out',
      async () => (await api('GET', `/api/jobs/${job}/notifications/2`)).status === 'sent',
    );
    await api('POST', `/api/jobs/${job}/notifications`, {usernames: ['olga'], link_lifetime: '1s'});
    const expired = await linkTo('olga.nowak@example.com', 3);
    await page.waitForTimeout(1_100);
    await page.goto(expired);
    await heading('This link has expired');
    await button('Send me a new link').click();
    await setPassword(await linkTo('olga.nowak@example.com', 4));
    await page.goto(`${base}/forgot-password`);
    await page.getByLabel('Username').fill('olga');
    await page.locator('main button[type=submit]:visible').click();
    const {text} = await eventually('the code', async () =>
      (await messages('olga.nowak@example.com')).find(({text}) =>
        /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.test(text),
      ),
    );
    await page.goto(`${base}/code`);
    await page.getByLabel('Username').fill('olga');
    await page.getByLabel('Code', {exact: true}).fill(text.match(/\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/)[0]);
    await button('Continue').click();
    await page.getByLabel('New password').fill(`${password}, again`);
    await button('Set password').click();
    await heading('Your password is set');
  },
  'the members are exported': async () => {
    await page.goto(`${base}/jobs/${job}`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button('Export all').click(),
    ]);
    const content = await readFile(await download.path(), 'utf8');
    assert.ok(content.startsWith('\ufeff'));
    for (const name of ['ada', 'chen.wei', 'vera'])
      assert.match(content, new RegExp(`\\r\\n"?${name}"?,`));
  },
  'reminders are set, sent by the clock, and stopped': async () => {
    await button('Set reminders').click();
    await page.getByLabel('How often').selectOption({label: '1 day'});
    await page.getByLabel('How many at most').fill('21');
    await button('Save').click();
    await page.locator('#maximum-fault').waitFor();
    await page.getByText('Change the text').click();
    assert.equal(
      await page.getByLabel('Subject').inputValue(),
      'Welcome, {{first_name}}',
      'the text of the last message',
    );
    await page.getByLabel('Subject').fill('Still waiting, {{first_name}}');
    await inspect('reminders');
    await page.getByLabel('How many at most').fill('2');
    await button('Save').click();
    await says('0 of 2 sent.');
    await api('POST', '/_local/schedule', {
      now: new Date(Date.now() + 25 * 3_600_000).toISOString(),
    });
    await says('1 of 2 sent.');
    await says('Message 4');
    await eventually('the reminder with its own text', async () =>
      (await messages('chen.wei@example.com')).some(({subject}) =>
        subject.startsWith('Still waiting, '),
      ),
    );
    const change = button(
      'Change',
      page.locator('section', {has: page.getByRole('heading', {name: 'Reminders'})}),
    );
    await change.click();
    await button('Save').click();
    await change.waitFor(); // saved: the form has closed
    // It is kept when something else is changed.
    await says('Subject: Still waiting, {{first_name}}');
    await page.reload();
    await page.locator('svg.chart .dot.reminder').waitFor();
    await inspect('reminded');
    await button('Stop').click();
    await says('No reminders are set.');
  },
  'what bounced says why, and can be told again': async () => {
    await page.goto(`${base}/jobs/new`);
    await page.locator('#file').setInputFiles({
      name: 'bounces.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        [
          'User,Work Email,Operation',
          'gone,bounce@simulator.amazonses.com,',
          'angry,complaint@simulator.amazonses.com,',
          'fine,fine@example.com,',
          'ada,,remove',
          '',
        ].join('\n'),
      ),
    });
    await button('Upload').click();
    await page.waitForURL('**/validate');
    other = new URL(page.url()).pathname.split('/')[2];
    await says('1 user would be removed');
    await inspect('validate removal');
    await button('Process 4 rows').click();
    await link('Continue to Notify').click();
    await says('3 users get a message.');
    await button('Send message').click();
    await button('Send message', page.getByRole('dialog')).click();
    await says('Marked as spam');
    await eventually('the bounce is known', async () => {
      const {counts} = await api('GET', `/api/jobs/${other}/notifications/1`);
      return counts.bounced === 1 && counts.complained === 1;
    });
    await link('Overview').click();
    await page.waitForURL(`**/jobs/${other}`);
    await button('Not reached').click();
    await page.getByRole('row', {name: /gone.*Bounced.*The address doesn't exist/}).waitFor();
    await says(/ can't be reached\./);
    await page.locator('summary').first().click();
    await page
      .getByRole('row', {name: /angry.*Marked as spam/})
      .first()
      .waitFor();
    await inspect('bounced');
  },
  'an export that nobody prepared goes from its bytes to a password': async () => {
    const users = Array.from({length: 1_000}, (_, i) => `okta-${String(i).padStart(4, '0')}`);
    const text = [
      'login,firstName,lastName,email,department,Badge',
      ...users.map((name, i) => `${name},Zo\x91,King,${name}@example.com,R&D,${i % 7}`),
      '',
    ].join('\r\n');
    const upload = async () => {
      await page.goto(`${base}/jobs/new`);
      await page.locator('#file').setInputFiles({
        name: 'okta.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(text, 'latin1'),
      });
      await page.getByRole('radio', {name: 'Zoë macintosh', checked: true}).waitFor();
      await button('Upload').click();
      await page.waitForURL('**/validate');
    };
    await upload();
    await says('This is an export of Okta.');
    await says('1 column has no decision yet');
    await inspect('columns');
    await button('Use these columns').click();
    await says('Choose what it becomes, or ignore it.');
    await button('Ignore it').click();
    await button('Use these columns').dblclick();
    await says('All 1,000 rows are good.');
    await page.getByRole('rowheader', {name: 'okta-0000'}).waitFor();
    await says('Zoë');
    await inspect('validate mapped');
    const mapped = new URL(page.url()).pathname.replace('/validate', '/mapping');
    assert.equal(made('PUT', `/api${mapped}`), 1);
    // A validated file may be mapped otherwise.
    await button('Change the columns').click();
    await page.getByLabel('What department becomes').selectOption('Site');
    await button('Use these columns').click();
    await page.getByText('R&D').first().waitFor({state: 'attached'}); // within a fold
    await says('1 column is ignored: Badge');
    await button('Process 1,000 rows').click();
    await link('Continue to Notify').click();
    await says('1,000 users get a message.');
    await button('Send message').click();
    await button('Send message', page.getByRole('dialog')).click();
    await setPassword(await linkTo('okta-0007@example.com'));
    // Once more, and nobody has to say anything.
    await upload();
    await says('All 1,000 rows are good.');
    await says('A file with these columns was mapped before.');
    // What is remembered is seen, and forgotten when that is asked for.
    await page.goto(`${base}/settings`);
    await page.getByText('6 columns').click();
    await says('login: User');
    await says('Badge: Ignore');
    await button('Forget').click();
    await button('Forget', page.getByRole('dialog')).click();
    await says('No columns were mapped yet');
    await page.goto(`${base}/jobs/${other}`);
  },
  'a job is deleted after a question': async () => {
    await button('Delete job').click();
    await inspect('delete');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({state: 'detached'});
    // The focus is back.
    await page.waitForFunction(() => document.activeElement.textContent === 'Delete job');
    await button('Delete job').click();
    await button('Delete job', page.getByRole('dialog')).click();
    await heading('Upload jobs');
    await link('Autumn onboarding').waitFor();
    await page.goto(`${base}/jobs/${other}`);
    await says('There is no such job.');
    await inspect('no such job');
  },
  'who is no administrator is told so, and signing out ends it': async () => {
    await button('Sign out').click();
    await heading('Sign in');
    await page.goto(`${base}/jobs`);
    await heading('Sign in');
    await signIn('bjorn');
    await heading('You are signed in');
    await page.goto(`${base}/jobs`);
    await says('Only administrators may see this.');
  },
};

let failed = false;
for (const [name, step] of Object.entries(steps)) {
  const began = Date.now();
  try {
    await step();
    assert.deepEqual(complaints, [], 'the browser has nothing to complain of');
  } catch (error) {
    failed = true;
    console.error(`${name}, at ${page.url()}: ${error.message}\n`);
    if (pictures) await page.screenshot({path: join(pictures, 'failed.png'), fullPage: true});
    break; // what follows builds on it
  }
  if (process.env.LATCHKEY_TIMES) console.error(`${Date.now() - began} ms: ${name}`);
}
await browser.close();
process.exitCode = failed ? 1 : 0;
