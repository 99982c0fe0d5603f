// Writes static/vendor, which is others' work that the pages carry, from the packages
// that infra/tools pins. With --check it writes nothing, and fails if a file differs from
// what it would write.
//
// node vendor.mjs <folder with node_modules> [--check]

import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const tools = resolve(process.argv[2]);
const mode = process.argv[3];
const folder = join(dirname(fileURLToPath(import.meta.url)), 'static', 'vendor');
const modules = join(tools, 'node_modules');

const read = name => readFileSync(join(modules, name), 'utf8');
const version = name => JSON.parse(read(`${name}/package.json`)).version;

/** A package's module as it is published, below a line that says whose it is. */
const published = (banner, file) => {
  const change = file.endsWith('hooks.mjs') ? '. It imports ./preact.js instead of preact.' : '';
  return (
    `/*! ${banner}: see vendor/LICENSES.txt${change} */\n` +
    read(file)
      .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
      .replace('from"preact"', 'from"./preact.js"')
  );
};

const preact =
  `Preact ${version('preact')}, ` + 'https://preactjs.com, (c) 2015-present Jason Miller, MIT';
const htm =
  `HTM ${version('htm')}, ` +
  'https://github.com/developit/htm, Copyright 2018 Google Inc., Apache-2.0';

// What zxcvbn does that no page uses, and what stands in its place: advice in words,
// checks of options that are written here, and words that differ by a letter or two.
const unused = {
  'Feedback.mjs': 'export default class { getFeedback() {} }',
  'runtimeChecks.mjs': [
    'CustomMatchers',
    'CustomTranslations',
    'Dictionary',
    'Graphs',
    'L33tMaxSubstitutions',
    'L33tTable',
    'LevenshteinThreshold',
    'Matcher',
    'MaxLength',
    'TimeEstimationValues',
    'UseLevenshteinDistance',
  ]
    .map(what => `export const check${what} = () => true;`)
    .join('\n'),
  'levenshtein.mjs': 'export default () => ({});',
};

/** zxcvbn as one module. */
async function zxcvbn() {
  const {build, version: builder} = createRequire(join(tools, 'package.json'))('esbuild');
  const without = {
    name: 'without',
    setup({onLoad}) {
      const names = Object.keys(unused).map(name => name.replace('.', '\\.'));
      onLoad({filter: new RegExp(`[/\\\\](${names.join('|')})$`)}, ({path}) => ({
        contents: unused[path.split(/[/\\]/).at(-1)],
      }));
    },
  };
  const {outputFiles} = await build({
    stdin: {
      contents: "export {ZxcvbnFactory} from '@zxcvbn-ts/core';",
      resolveDir: tools,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    write: false,
    plugins: [without],
  });
  const banner =
    `/*! @zxcvbn-ts/core ${version('@zxcvbn-ts/core')}, https://github.com/zxcvbn-ts/zxcvbn, ` +
    `MIT: see vendor/LICENSES.txt. esbuild ${builder} made one module of it, ` +
    'without what vendor.mjs names. */\n';
  return banner + outputFiles[0].text;
}

const columns = 118;

/** Words in lines. */
function lines(words) {
  const all = [''];
  for (const word of words) {
    const line = all.at(-1) ? `${all.at(-1)} ${word}` : word;
    if (line.length <= columns) all[all.length - 1] = line;
    else all.push(word);
  }
  return all.join('\n');
}

/** The most used passwords, and keyboards: what zxcvbn compares with. */
async function zxcvbnData() {
  const from = '@zxcvbn-ts/language-common';
  const require = createRequire(join(modules, from, 'package.json'));
  const {dictionary, adjacencyGraphs} = require(join(modules, from, 'dist/index.cjs'));
  const {qwerty, qwertz} = adjacencyGraphs;
  const passwords = dictionary['passwords-common'];
  return `/*! ${from} ${version(from)}, MIT: see vendor/LICENSES.txt. Of it, the first
1,000 passwords, most used first, and what lies beside what on two keyboards. */
export const passwords = \`
${lines(passwords.slice(0, 1_000))}
\`.trim().split(/\\s+/);
export const graphs = ${JSON.stringify({qwerty, qwertz})};
`;
}

const licences = () =>
  [
    [`Preact ${version('preact')} (preact.js, hooks.js)`, 'preact/LICENSE'],
    [`HTM ${version('htm')} (htm.js)`, 'htm/LICENSE'],
    [
      `@zxcvbn-ts/core ${version('@zxcvbn-ts/core')} (zxcvbn.js), ` +
        `@zxcvbn-ts/language-common ${version('@zxcvbn-ts/language-common')} (zxcvbn-data.js)`,
      '@zxcvbn-ts/core/LICENSE.txt',
    ],
  ]
    .map(([what, file]) => `${what}\n\n${read(file).replace(/^\n+/, '').trimEnd()}\n`)
    .join('\n\n');

const files = {
  'preact.js': published(preact, 'preact/dist/preact.mjs'),
  'hooks.js': published(preact.replace(',', ', hooks,'), 'preact/hooks/dist/hooks.mjs'),
  'htm.js': published(htm, 'htm/dist/htm.module.js'),
  'zxcvbn.js': await zxcvbn(),
  'zxcvbn-data.js': await zxcvbnData(),
  'LICENSES.txt': licences(),
};

for (const [name, content] of Object.entries(files)) {
  const file = join(folder, name);
  if (mode !== '--check') {
    writeFileSync(file, content);
  } else if (readFileSync(file, 'utf8') !== content) {
    console.error(`static/vendor/${name} isn't what the pinned packages make: run make pages`);
    process.exitCode = 1;
  }
}
