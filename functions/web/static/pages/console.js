// The console: which page is drawn at which address.

import {markSection, startHeader} from '../parts/header.js';
import {match, useVisit} from '../router.js';
import {html, render, useLayoutEffect} from '../view.js';
import {Audit} from './audit.js';
import {JobList} from './job-list.js';
import {NewJob} from './job-new.js';
import {Job} from './job.js';
import {Settings} from './settings.js';
import {User} from './user.js';
import {Users} from './users.js';

const routes = {
  '/jobs': JobList,
  '/jobs/new': NewJob,
  '/jobs/{id}': Job,
  '/jobs/{id}/{step}': Job,
  '/users': Users,
  '/users/{username}': User,
  '/audit': Audit,
  '/settings': Settings,
};

export function startConsole() {
  startHeader();
  const place = document.getElementById('app');
  place.replaceChildren();
  render(html`<${Console} />`, place);
}

function Console() {
  const patterns = Object.keys(routes);
  const visit = useVisit(patterns);
  useLayoutEffect(() => markSection(visit.path), [visit.path]);
  const found = match(patterns, visit.path);
  return html`<${routes[found.pattern]} key=${visit.number} ...${found.values} />`;
}
