// Plays what a mail gateway does to each link of a message before its reader sees it: it
// is fetched, opened, and left running for ten seconds; then every button is pressed but
// the one that sets the password, and every form is submitted empty.
//
// node scanner.mjs <folder with node_modules> <browser> <link> ...

import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const [tools, executablePath, ...links] = process.argv.slice(2);
const {chromium} = createRequire(join(tools, 'package.json'))('playwright-core');

const running = 10_000; // milliseconds
const pause = 500; // after each thing that is done to the page
const sets = /^(Set password|Passwort festlegen)$/;

const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});

async function scan(link) {
  for (const method of ['HEAD', 'GET'])
    assert.equal((await fetch(link, {method})).status, 200, method);
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(link);
  await page.getByRole('button', {name: sets}).waitFor();
  await page.waitForTimeout(running);

  // Those that are seen as a person presses them, then all that there are as a script
  // does.
  for (const button of await page.getByRole('button').all()) {
    if (!sets.test(await button.innerText())) await button.click();
    await page.waitForTimeout(pause);
  }
  await page.evaluate(text => {
    for (const button of document.querySelectorAll('button'))
      if (!new RegExp(text).test(button.textContent)) button.click();
  }, sets.source);
  await page.waitForTimeout(pause);

  const forms = await page.locator('form').count();
  assert.ok(forms > 0, 'the page has forms');
  for (const how of ['requestSubmit', 'submit']) {
    await page.evaluate(how => {
      for (const form of document.querySelectorAll('form')) {
        form.reset();
        form.noValidate = true;
        form[how]();
      }
    }, how);
    await page.waitForTimeout(pause);
  }
  // A form without a script is posted to the page's own address.
  const {status} = await fetch(link, {
    method: 'POST',
    headers: {'Content-Type': 'application/x-www-form-urlencoded'},
    body: 'username=&password=',
  });
  assert.equal(status, 405, 'a page takes no form');
  await page.close();
}

let failed = 0;
await Promise.all(
  links.map(async (link, n) => {
    try {
      await scan(link);
    } catch (error) {
      failed++;
      console.error(`link ${n + 1}: ${error.message}\n`);
    }
  }),
);
await browser.close();
process.exitCode = failed ? 1 : 0;
