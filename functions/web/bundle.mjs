// Writes static/bundle: of each page's script one file, with all that it imports, and of
// the styles one for each frame. What a page loads only when it needs it stays apart. With
// --check it writes nothing, and fails if the folder differs from what it would write.
//
// node bundle.mjs <folder with node_modules> [--check]

import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const tools = resolve(process.argv[2]);
const mode = process.argv[3];
const source = join(dirname(fileURLToPath(import.meta.url)), 'static');
const folder = join(source, 'bundle');
const {build} = createRequire(join(tools, 'package.json'))('esbuild');

const entries = [
  ...readdirSync(join(source, 'start')).map(name => `start/${name}`),
  'person.css',
  'console.css',
];
const made = new Map(); // by name
// Each is built for itself: what two pages have in common would become a file of its own,
// and a request more.
for (const entry of entries) {
  const {outputFiles} = await build({
    entryPoints: [join(source, entry)],
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: entry.endsWith('.js'),
    chunkNames: '[name]',
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'inline',
    write: false,
  });
  for (const {path, text} of outputFiles) made.set(basename(path), text);
}

mkdirSync(folder, {recursive: true});
const there = new Map(
  readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]),
);
for (const name of new Set([...there.keys(), ...made.keys()])) {
  if (made.get(name) === there.get(name)) continue;
  const file = join(folder, name);
  if (mode === '--check') {
    console.error(`static/bundle/${name} isn't what the sources make: run make pages`);
    process.exitCode = 1;
  } else if (made.has(name)) {
    writeFileSync(file, made.get(name));
  } else {
    rmSync(file);
  }
}
