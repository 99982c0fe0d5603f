// How messages may reach users: the devices, and how long a link works.

import {seconds, span} from '../formats.js';
import {textOf} from '../texts.js';
import {html, useRef} from '../view.js';
import {Field} from './controls.js';

const lifetimes = ['24h', '72h', '168h', '336h'];

/** The devices that may be used, in their order. */
export function Devices({all, chosen, change}) {
  const order = [...chosen, ...all.filter(name => !chosen.includes(name))];
  const list = useRef();
  const move = (name, by) => {
    const to = chosen.indexOf(name) + by;
    const next = chosen.filter(one => one !== name);
    next.splice(to, 0, name);
    change(next);
    // The button moves with its row: the focus stays on it, or goes to the other one
    // where there is no further.
    requestAnimationFrame(() => {
      const row = list.current.children[to];
      const sameWay = row.querySelector(`[data-by="${by}"]:not(:disabled)`);
      const button = sameWay ?? row.querySelector('button:not(:disabled)');
      button?.focus();
    });
  };
  return html`
    <fieldset>
      <legend>${textOf('jobs.devices')}</legend>
      <ul class="ordered" ref=${list}>
        ${order.map(name => {
          const at = chosen.indexOf(name);
          return html`
            <li key=${name}>
              <label>
                <input
                  type="checkbox"
                  checked=${at >= 0}
                  onChange=${event =>
                    change(
                      event.target.checked ? [...chosen, name] : chosen.filter(one => one !== name),
                    )}
                />
                <span>${at >= 0 ? `${at + 1}. ` : ''}${name}</span>
              </label>
              ${
                at >= 0 &&
                chosen.length > 1 &&
                html`
                  <button
                    type="button"
                    class="plain compact"
                    data-by="-1"
                    disabled=${at === 0}
                    aria-label=${textOf('jobs.earlier', {name})}
                    onClick=${() => move(name, -1)}
                  >
                    ↑
                  </button>
                  <button
                    type="button"
                    class="plain compact"
                    data-by="1"
                    disabled=${at === chosen.length - 1}
                    aria-label=${textOf('jobs.later', {name})}
                    onClick=${() => move(name, 1)}
                  >
                    ↓
                  </button>
                `
              }
            </li>
          `;
        })}
      </ul>
      <p class="small">${textOf('jobs.devices_hint')}</p>
    </fieldset>
  `;
}

/** How long links work. */
export function Lifetime({value, change, most, least, fault}) {
  const usual = lifetimes.filter(
    one => (!most || seconds(one) <= seconds(most)) && (!least || seconds(one) >= seconds(least)),
  );
  const all = value && !usual.includes(value) ? [value, ...usual] : usual;
  return html`
    <${Field}
      id="lifetime"
      label=${textOf('jobs.lifetime')}
      hint=${textOf('jobs.lifetime_hint')}
      fault=${fault}
    >
      ${given => html`
        <select ...${given} value=${value} onChange=${event => change(event.target.value)}>
          ${all.map(one => html`<option key=${one} value=${one}>${span(seconds(one))}</option>`)}
        </select>
      `}
    </${Field}>
  `;
}
