// The forms of the pages for a person with a link, and the states that such a page has.

import {trouble} from '../api.js';
import {company} from '../begin.js';
import {tab} from '../tab.js';
import {fill, textOf} from '../texts.js';

/** Shows one of the page's states, with its places filled, and moves the reader there. */
export function show(state, values = {}) {
  for (const section of document.querySelectorAll('[data-state]')) {
    section.hidden = section.dataset.state !== state;
    if (section.hidden) continue;
    for (const place of section.querySelectorAll('[data-fill]')) {
      place.textContent = fill(place.dataset.fill, values);
    }
    const heading = section.querySelector('h1');
    document.title = `${heading.textContent} · ${company()}`;
    heading.focus();
  }
}

/**
 * Says in the form what is wrong, each reason for itself, and leads to the field. No
 * reason takes it back.
 */
export function complain(form, reasons, field) {
  const lines = reasons.map(reason => {
    const line = document.createElement('p');
    line.textContent = reason;
    return line;
  });
  form.querySelector('[role=alert]').replaceChildren(...lines);
  for (const input of form.querySelectorAll('[aria-invalid]')) {
    input.removeAttribute('aria-invalid');
  }
  field?.setAttribute('aria-invalid', 'true');
  field?.focus();
}

/**
 * Says in the form what went wrong, where the page has no words of its own for that, and
 * that nothing typed is lost.
 */
export function sorry(form, found) {
  const kept = form.querySelector('input:not([hidden])') ? ` ${textOf('kept')}` : '';
  complain(form, [trouble(found) + kept]);
}

/**
 * Sends a form by script, once however often it is clicked, and only where it is seen:
 * what submits every form of a page is a scanner. If no answer comes, the form says so.
 */
export function onSubmit(form, send) {
  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (form.ariaBusy || form.closest('[hidden]')) return;
    form.ariaBusy = 'true';
    complain(form, []);
    try {
      await send(Object.fromEntries(new FormData(form)));
    } catch (error) {
      sorry(form, error);
    } finally {
      form.ariaBusy = null;
    }
  });
}

/** Puts the username of an earlier page into a field. */
export function prefill(field) {
  field.value ||= tab.get('username') ?? '';
}

/** Gives the page's password fields the button that shows what is typed. */
export function offerReveal() {
  for (const button of document.querySelectorAll('[data-reveal]')) {
    const input = document.getElementById(button.dataset.reveal);
    button.setAttribute('aria-controls', input.id);
    button.hidden = false;
    button.addEventListener('click', () => reveal(input, input.type === 'password'));
  }
}

/** Shows or hides what is in a password field. */
export function reveal(input, shown) {
  const button = document.querySelector(`[data-reveal=${input.id}]`);
  input.type = shown ? 'text' : 'password';
  button.textContent = shown ? button.dataset.hide : button.dataset.show;
}
