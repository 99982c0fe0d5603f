// Makes of each page's script one file, with all that it imports, and of the styles one for
// each frame: in static/bundle what a page loads, and in inline what stands in the page
// itself. With --check it writes nothing, and fails if a file differs from what it would
// write.
//
// node bundle.mjs <folder with node_modules> [--check]

import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const tools = resolve(process.argv[2]);
const mode = process.argv[3];
const here = dirname(fileURLToPath(import.meta.url));
const {build} = createRequire(join(tools, 'package.json'))('esbuild');

const loaded = ['start/console.js', 'console.css'];
const starts = readdirSync(join(here, 'static/start')).map(name => `start/${name}`);
const inline = [...starts, 'person.css'].filter(name => !loaded.includes(name));

await bundle(loaded, 'static/bundle');
await bundle(inline, 'inline');

/** Makes a folder of entries, below static. */
async function bundle(entries, folder) {
  const made = new Map(); // by name
  for (const entry of entries) {
    const {outputFiles} = await build({
      entryPoints: [join(here, 'static', entry)],
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'inline',
      write: false,
    });
    made.set(basename(entry), outputFiles[0].text);
  }

  const path = join(here, folder);
  mkdirSync(path, {recursive: true});
  for (const name of new Set([...readdirSync(path), ...made.keys()])) {
    write(join(folder, name), made.get(name));
  }
}

/** Writes a file, or removes it if there is no text for it. */
function write(name, text) {
  const path = join(here, name);
  if (text === read(path)) return;
  if (mode === '--check') {
    console.error(`${name} isn't what the sources make: run make pages`);
    process.exitCode = 1;
  } else if (text === undefined) {
    rmSync(path);
  } else {
    writeFileSync(path, text);
  }
}

/** The text of a file, undefined if it isn't there. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
