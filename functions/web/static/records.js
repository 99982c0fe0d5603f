// Users, the audit and the settings: which part is drawn at which address.

import {Audit} from './audit.js';
import {Settings} from './settings.js';
import {User} from './user.js';
import {Users} from './users.js';
import {html, render} from './view.js';

const [, section, name] = location.pathname.split('/');

function part() {
  if (section === 'audit') return html`<${Audit} />`;
  if (section === 'settings') return html`<${Settings} />`;
  return name ? html`<${User} username=${decodeURIComponent(name)} />` : html`<${Users} />`;
}

document
  .querySelector(`nav a[href="/${section}"]`)
  .setAttribute('aria-current', name ? 'true' : 'page');
const root = document.getElementById('app');
root.replaceChildren();
render(part(), root);
