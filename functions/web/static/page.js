// What the pages share: their texts, their states, their forms, and the calls to the API.

// They come with the page, or, where there are many, in a script before this one.
const messages =
  globalThis.texts ??
  Object.fromEntries(
    [...document.getElementById('messages').content.children].map(({dataset, textContent}) => [
      dataset.name,
      textContent,
    ]),
  );

/** The company whose pages these are. */
export const company = document.querySelector('meta[name=application-name]').content;

// What was said for the case that no script runs is no longer true.
document.querySelector('.late')?.remove();

/**
 * A text of the page's language, with its {places} filled. Without such a text, the one
 * named instead.
 */
export function message(name, values = {}, instead = 'failed') {
  return fill(messages[name] ?? messages[instead] ?? '', values);
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '–');
}

/** A moment as the reader's browser writes it. */
export function moment(time) {
  return (
    time &&
    new Intl.DateTimeFormat(undefined, {dateStyle: 'long', timeStyle: 'short'}).format(
      new Date(time),
    )
  );
}

/** Shows one of the page's states, with its places filled, and moves the reader there. */
export function show(state, values = {}) {
  for (const section of document.querySelectorAll('[data-state]')) {
    section.hidden = section.dataset.state !== state;
    if (section.hidden) continue;
    for (const place of section.querySelectorAll('[data-fill]')) {
      place.textContent = fill(place.dataset.fill, values);
    }
    const heading = section.querySelector('h1');
    document.title = `${heading.textContent} · ${company}`;
    heading.focus();
  }
}

/** No answer came: the network, or the time, is up. */
class Unreachable extends Error {}

/**
 * Calls the API. Gives the status, the body (null if it isn't JSON), how many seconds it
 * asks to wait, and until when that is, as the reader's browser writes it. Throws
 * Unreachable if no answer comes within 20 seconds.
 */
export async function call(method, path, body, headers = {}) {
  try {
    const answer = await fetch(path, {
      method,
      signal: AbortSignal.timeout(20_000),
      ...(body && {
        body: JSON.stringify(body),
        headers: {'Content-Type': 'application/json', ...headers},
      }),
    });
    const seconds = answer.headers.get('Retry-After');
    return {
      status: answer.status,
      body: parse(await answer.text()),
      seconds: Number(seconds),
      until: seconds && moment(Date.now() + seconds * 1000),
    };
  } catch {
    throw new Unreachable();
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What to say of an answer or an error that a page has no words of its own for. */
export function trouble(found) {
  if (found instanceof Unreachable) return message('unreachable');
  return found.status === 429 && found.until
    ? message('too_many', {until: found.until})
    : message('failed');
}

/**
 * Says in the form what is wrong, each reason for itself, and leads to the field. No
 * reason takes it back.
 */
export function complain(form, reasons, field) {
  form.querySelector('[role=alert]').replaceChildren(
    ...reasons.map(reason => {
      const line = document.createElement('p');
      line.textContent = reason;
      return line;
    }),
  );
  for (const input of form.querySelectorAll('[aria-invalid]')) {
    input.removeAttribute('aria-invalid');
  }
  field?.setAttribute('aria-invalid', 'true');
  field?.focus();
}

/**
 * Says in the form what went wrong, where it has no words of its own for that, and that
 * nothing typed is lost.
 */
export function sorry(form, found) {
  const kept = form.querySelector('input:not([hidden])') ? ` ${message('kept')}` : '';
  complain(form, [trouble(found) + kept]);
}

/**
 * Sends a form by script, once however often it is clicked, and only where it is seen:
 * what submits every form of a page is a scanner. If no answer comes, says so.
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

/**
 * What this tab remembers across pages and reloads. Where a browser refuses to, it
 * forgets.
 */
export const tab = {
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // The page works without.
    }
  },
};

/** Puts the username of an earlier page into a field. */
export function prefill(field) {
  field.value ||= tab.get('username') ?? '';
}

for (const button of document.querySelectorAll('[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal);
  button.setAttribute('aria-controls', input.id);
  button.hidden = false;
  button.addEventListener('click', () => reveal(input, input.type === 'password'));
}

/** Shows or hides what is in a password field. */
export function reveal(input, shown) {
  const button = document.querySelector(`[data-reveal=${input.id}]`);
  input.type = shown ? 'text' : 'password';
  button.textContent = shown ? button.dataset.hide : button.dataset.show;
}
