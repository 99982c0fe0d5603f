// The reminders of a job: what they are, and the form that sets them.

import {ask, get} from '../api.js';
import {number, seconds, span, time} from '../formats.js';
import {useAction, useDraft} from '../hooks.js';
import {counted, textOf} from '../texts.js';
import {html, useEffect, useState} from '../view.js';
import {Button, Field, Problem, Trouble, besides, faultOf} from './controls.js';
import {asGiven} from './figures.js';
import {pendingAudiences} from './job.js';
import {Texts, textFields, textsOf} from './message-fields.js';
import {Skeletons} from './page.js';
import {say} from './toast.js';

const rhythms = ['24h', '48h', '72h', '168h'];

/**
 * What the reminders say, to be changed. Where they have no text yet it begins as that of
 * the last message, which isn't theirs before it is changed.
 */
function ReminderTexts({job, texts: own, change, error}) {
  const [open, setOpen] = useState(false);
  const [last, setLast] = useState(null);
  const texts = own ?? last;
  const [load, {error: lost}] = useAction(async () =>
    setLast(textsOf(await get(`/api/jobs/${job.id}/message`))),
  );
  const fault = field => faultOf(error, field);
  useEffect(() => {
    if (textFields.some(fault)) setOpen(true);
  }, [error]);
  return html`
    <details
      open=${open}
      onToggle=${event => {
        setOpen(event.target.open);
        if (event.target.open && !texts) load();
      }}
    >
      <summary>${textOf('jobs.reminders_change_text')}</summary>
      ${
        texts
          ? html`
              <${Texts}
                texts=${texts}
                put=${field => value => change({...texts, [field]: value})}
                fault=${fault}
              />
            `
          : lost
            ? html`<${Trouble} error=${lost} again=${load} />`
            : html`<${Skeletons} lines=${3} />`
      }
    </details>
  `;
}

export function Reminders({job, reload}) {
  const {reminders} = job;
  const [draft, setDraft, forgetDraft] = useDraft(`reminders:${job.id}`, {
    every: reminders?.every ?? '48h',
    maximum: String(reminders?.maximum ?? 3),
    audience: reminders?.audience ?? 'pending',
    texts: null,
    open: false,
  });
  const put = (name, value) => setDraft(before => ({...before, [name]: value}));
  const path = `/api/jobs/${job.id}/reminders`;
  const [stop, stopping] = useAction(async () => {
    await ask('DELETE', path, {});
    forgetDraft();
    await reload();
    say(textOf('jobs.reminders_off'));
  });
  const saved = async () => {
    forgetDraft();
    await reload();
    put('open', false);
    say(textOf('jobs.reminders_on'));
  };
  return html`
    <section class="card">
      <h2>${textOf('jobs.reminders')}</h2>
      ${
        reminders
          ? html`<${Current} reminders=${reminders} />`
          : html`<p class="quiet">${textOf('jobs.reminders_none')}</p>`
      }
      ${
        draft.open
          ? html`<${Form} job=${job} path=${path} draft=${draft} put=${put} saved=${saved} />`
          : html`
              <div class="row">
                <button type="button" class="second" onClick=${() => put('open', true)}>
                  ${textOf(reminders ? 'jobs.reminders_change' : 'jobs.reminders_set')}
                </button>
                ${
                  reminders &&
                  html`
                    <${Button} kind="plain" busy=${stopping.busy} onClick=${stop}>
                      ${textOf('jobs.reminders_stop')}
                    </${Button}>
                  `
                }
              </div>
              <${Problem} error=${stopping.error} />
            `
      }
    </section>
  `;
}

/** The reminders that are set: how often, to whom, and how far they are. */
function Current({reminders}) {
  const {every, audience, subject, sent, maximum, next_at} = reminders;
  // Without a time, they are over, or begin with the first message.
  const waits = sent < maximum ? textOf('jobs.reminders_wait') : '';
  return html`
    <p>
      ${textOf('jobs.reminders_are', {
        every: span(seconds(every)),
        audience: textOf(`jobs.audience_${audience}`),
      })}
    </p>
    <p class="quiet">${textOf('jobs.subject')}: ${asGiven(subject)}</p>
    <p class="quiet">
      ${counted('jobs.reminders_sent', sent, {maximum: number(maximum)})}${' '}
      ${next_at ? textOf('jobs.reminders_next', {at: time(next_at)}) : waits}
    </p>
  `;
}

/** The form that sets reminders or changes them. */
function Form({job, path, draft, put, saved}) {
  const {every, maximum, audience} = draft;
  const texts = draft.texts ?? (job.reminders && textsOf(job.reminders));
  const [save, {busy, error}] = useAction(async () => {
    await ask('PUT', path, {every, maximum: Number(maximum), audience, ...texts});
    await saved();
  });
  const all = rhythms.includes(every) ? rhythms : [every, ...rhythms];
  return html`
    <form
      novalidate
      aria-busy=${busy ? 'true' : undefined}
      onSubmit=${event => {
        event.preventDefault();
        save();
      }}
    >
      <${Field}
        id="every"
        label=${textOf('jobs.every')}
        hint=${textOf('jobs.every_hint')}
        fault=${faultOf(error, 'every')}
      >
        ${given => html`
          <select
            ...${given}
            value=${draft.every}
            onChange=${event => put('every', event.target.value)}
          >
            ${all.map(one => html`<option key=${one} value=${one}>${span(seconds(one))}</option>`)}
          </select>
        `}
      </${Field}>
      <${Field}
        id="maximum"
        label=${textOf('jobs.maximum')}
        fault=${faultOf(error, 'maximum')}
      >
        ${given => html`
          <input
            ...${given}
            type="number"
            min="1"
            max="20"
            value=${draft.maximum}
            onInput=${event => put('maximum', event.target.value)}
          />
        `}
      </${Field}>
      <${Field}
        id="reminded"
        label=${textOf('jobs.to_whom')}
        fault=${faultOf(error, 'audience')}
      >
        ${given => html`
          <select
            ...${given}
            value=${draft.audience}
            onChange=${event => put('audience', event.target.value)}
          >
            ${pendingAudiences.map(
              one => html`
                <option key=${one} value=${one}>${textOf(`jobs.audience_${one}`)}</option>
              `,
            )}
          </select>
        `}
      </${Field}>
      <${ReminderTexts}
        job=${job}
        texts=${texts}
        change=${value => put('texts', value)}
        error=${error}
      />
      <p class="small">${textOf('jobs.reminders_text')}</p>
      <${Problem}
        error=${besides(error, 'every', 'maximum', 'audience', ...textFields)}
      />
      <div class="row">
        <button type="submit">${textOf('jobs.save')}</button>
        <button type="button" class="second" onClick=${() => put('open', false)}>
          ${textOf('jobs.cancel')}
        </button>
      </div>
    </form>
  `;
}
