// Fails unless each file of a list means the same as it is served. Standard input is JSON,
// [{"name": "...", "source": "...", "served": "..."}].
//
// node same.mjs <folder with node_modules>

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {extname, resolve} from 'node:path';

const {transformSync} = createRequire(resolve(process.argv[2], 'package.json'))('esbuild');

// Blanks at a line's ends are left in template literals alone, where the pages' HTML has no
// use for them.
const meaning = (text, loader) =>
  transformSync(text, {loader, minifyWhitespace: true, legalComments: 'none'})
    .code.split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .join('\n');

const files = JSON.parse(readFileSync(0, 'utf8'));
for (const {name, source, served} of files) {
  const loader = extname(name).slice(1);
  if (meaning(source, loader) !== meaning(served, loader)) {
    console.error(`${name}: what is served isn't what the source says`);
    process.exitCode = 1;
  }
}
if (files.length < 40) throw new Error(`there are only ${files.length} files`);
