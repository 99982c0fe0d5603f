// What the pages of a job have in common.

import {span, time} from '../formats.js';
import {tab} from '../tab.js';
import {counted, textOf} from '../texts.js';
import {html, useRef} from '../view.js';
import {Badge, asGiven} from './figures.js';
import {Page} from './page.js';

const steps = ['upload', 'validate', 'process', 'notify'];

// The last step that a job has come to, by its status. All others have come to process.
const stepsByStatus = {
  awaiting_file: 'upload',
  validating: 'validate',
  needs_mapping: 'validate',
  validated: 'validate',
  rejected: 'validate',
};

/** The last step that a job has come to. */
export const stepOf = job => stepsByStatus[job.status] ?? 'process';

/** Where a job is opened. */
export const opens = job => `/jobs/${job.id}/${stepOf(job)}`;

export const finished = job => job.status === 'processed' || job.status === 'failed';

/** The four steps of an upload. */
export function Steps({job, at}) {
  const last = job ? (finished(job) ? 3 : steps.indexOf(stepOf(job))) : 0;
  return html`
    <nav aria-label=${textOf('jobs.steps')}>
      <ol class="steps">
        ${steps.map(
          (step, i) => html`
            <li
              key=${step}
              aria-current=${step === at ? 'step' : undefined}
              data-done=${
                step !== at && (i < last || (i === 3 && job?.notifications > 0)) ? '' : undefined
              }
            >
              ${
                step !== at && job && i <= last
                  ? html`<a href=${`/jobs/${job.id}/${step}`}>${textOf(`jobs.step_${step}`)}</a>`
                  : html`<span>${textOf(`jobs.step_${step}`)}</span>`
              }
            </li>
          `,
        )}
      </ol>
    </nav>
  `;
}

/**
 * The page of a job: its name and status, where it comes from, why rows couldn't be read,
 * and the page's acts.
 */
export const JobPage = ({job, title, acts, children}) => html`
  <${Page}
    title=${title}
    name=${job.name}
    acts=${acts}
    crumb=${html`<a href="/jobs">${textOf('jobs.title')}</a>`}
    under=${html`
      <${Badge} kind="status" of=${job.status} />
      ${' '}
      <span>
        ${asGiven(job.file_name)}${job.file_name && ' · '}
        ${textOf(job.created_by ? 'jobs.by' : 'jobs.dropped', {
          at: time(job.created_at),
          who: job.created_by,
        })}
      </span>
    `}
  >
    ${
      job.status === 'failed' &&
      job.rejected_reason &&
      html`
        <div class="note" data-tone="bad">
          <p lang="en" dir="ltr">${job.rejected_reason}</p>
        </div>
      `
    }
    ${children}
  </${Page}>
`;

/** The audiences that are part of the pending. Reminders go to no others. */
export const pendingAudiences = ['pending', 'expired', 'unreached'];

/** An audience in words. */
export const audienceOf = of =>
  of.audience
    ? textOf(`jobs.audience_${of.audience}`)
    : counted('jobs.named', of.usernames?.length ?? 0);

/**
 * How long work will still take, in words, by how fast it went since it was first seen.
 */
export function useRest(done, whole) {
  const first = useRef(null);
  if (first.current === null || done < first.current.done) first.current = {done, at: Date.now()};
  const gone = done - first.current.done;
  const took = (Date.now() - first.current.at) / 1000;
  return gone > 0 && took > 1
    ? textOf('jobs.left', {time: span(((whole - done) * took) / gone)})
    : '';
}

/** Whether nothing more is sent of a notification. */
export const isOver = one => one.status === 'sent' || one.status === 'cancelled';

/** Why a message didn't get through, in words if there are any. */
export const reasonOf = code =>
  code && (textOf(`jobs.reason_${code}`) || code.replaceAll('_', ' '));

const keyOfNamed = id => `named:${id}`;

/** The users who were picked in the list of members, as this tab remembers them. */
export const named = id => tab.get(keyOfNamed(id));

/** Remembers the users who were picked, until they get a message: null forgets them. */
export const setNamed = (id, names) => tab.set(keyOfNamed(id), names);
