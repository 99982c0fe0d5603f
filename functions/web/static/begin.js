// What every page does before anything else.

import {loadFormats} from './formats.js';
import {loadTexts} from './texts.js';

/** Makes the texts ready, and takes back what is said in case no script runs. */
export function begin() {
  const {lang, dir} = document.documentElement;
  loadFormats(lang);
  loadTexts(globalThis.texts ?? textsOfPage(), lang, dir);
  document.querySelector('.late').remove();
}

/** The texts that come with a page. Where they are many, an earlier script has them. */
function textsOfPage() {
  const lines = document.getElementById('messages').content.children;
  return Object.fromEntries([...lines].map(line => [line.dataset.name, line.textContent]));
}

/** The company whose pages these are. */
export const company = () => document.querySelector('meta[name=application-name]').content;
