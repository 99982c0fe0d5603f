// The deployment's parameters, to read only: they are changed where it is deployed. Below
// them is what it has learnt of its files.

import {limitInBytes, number, seconds, span, timeZone} from '../formats.js';
import {useThing} from '../hooks.js';
import {Trouble} from '../parts/controls.js';
import {asGiven} from '../parts/figures.js';
import {Page, Skeletons} from '../parts/page.js';
import {counted, textOf} from '../texts.js';
import {html} from '../view.js';
import {Remembered} from './remembered.js';

/** The name of a language's tag in the page's language. */
const displayed = tag =>
  new Intl.DisplayNames(document.documentElement.lang, {type: 'language'}).of(tag);

/**
 * A language in the words of the page's; the deployment may name it by its tag or in
 * English.
 */
function languageName(named, known) {
  const found = known.find(({tag, name}) => named === tag || named === name);
  return found ? displayed(found.tag) : named;
}

const lasts = duration => span(seconds(duration));

/** A card of names with their values: [[name, value]]. */
const Card = ({id, title, of, children}) => html`
  <section class="card" aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    <dl>
      ${of.map(
        ([name, value]) => html`
          <dt key=${name}>${name}</dt>
          <dd>${asGiven(value) ?? textOf('records.not_set')}</dd>
        `,
      )}
    </dl>
    ${children}
  </section>
`;

function Email({of, settings}) {
  const {email, email_note: note} = settings;
  const warnings = email
    ? [
        !email.production && textOf('records.sandbox'),
        !email.sending_enabled && textOf('records.sending_off'),
      ].filter(Boolean)
    : [textOf('records.email_unknown')];
  return html`
    <${Card}
      id="email"
      title=${textOf('records.email')}
      of=${[
        ...of,
        ...(email
          ? [
              [
                textOf('records.quota'),
                email.max_24_hour_send === null
                  ? textOf('records.no_limit')
                  : counted('records.emails', email.max_24_hour_send),
              ],
              [textOf('records.sent_today'), number(email.sent_last_24_hours)],
              [
                textOf('records.rate'),
                email.max_send_rate
                  ? counted('records.per_second', email.max_send_rate)
                  : textOf('records.no_limit'),
              ],
            ]
          : []),
      ]}
    >
      ${
        warnings.length > 0 &&
        html`
          <div class="note" data-tone="warn" title=${note ?? undefined}>
            ${warnings.map(line => html`<p key=${line}>${line}</p>`)}
          </div>
        `
      }
    </${Card}>
  `;
}

export function Settings() {
  const {value: settings, error, reload} = useThing('/api/settings', () => null);
  if (!settings) {
    return html`
      <${Page} title=${textOf('records.settings')} under=${textOf('records.settings_text')}>
        ${
          error
            ? html`<${Trouble} error=${error} again=${reload} />`
            : html`<div class="card"><${Skeletons} /></div>`
        }
      </${Page}>
    `;
  }
  const {limits, sms} = settings;
  const among = (least, most) => textOf('records.from_to', {from: lasts(least), to: lasts(most)});
  return html`
    <${Page} title=${textOf('records.settings')} under=${textOf('records.settings_text')}>
      <div class="cards two">
        <${Card}
          id="deployment"
          title=${textOf('records.deployment')}
          of=${[
            [textOf('records.company'), settings.company],
            [textOf('records.support'), settings.support_contact],
            [textOf('records.base_url'), settings.base_url],
            [textOf('records.app_url'), settings.app_url],
            [textOf('records.language'), languageName(settings.language, settings.languages)],
            [
              textOf('records.languages'),
              settings.languages.map(({tag}) => displayed(tag)).join(', '),
            ],
            [textOf('records.time_zone'), timeZone(settings.time_zone)],
          ]}
        />
        <${Email}
          settings=${settings}
          of=${[
            [textOf('records.sender'), settings.sender],
            [textOf('records.reply_to'), settings.reply_to],
          ]}
        />
        <${Card}
          id="links"
          title=${textOf('records.links')}
          of=${[
            [textOf('records.link_lifetime'), lasts(limits.link_lifetime)],
            [
              textOf('records.link_range'),
              among(limits.link_lifetime_minimum, limits.link_lifetime_maximum),
            ],
            [textOf('records.reset_lifetime'), lasts(limits.reset_lifetime)],
            [textOf('records.code_lifetime'), lasts(limits.code_lifetime)],
            [textOf('records.renew_gap'), lasts(limits.renew_gap)],
            [textOf('records.forgot'), counted('records.per_hour', limits.forgot_per_hour)],
          ]}
        />
        <${Card}
          id="access"
          title=${textOf('records.access')}
          of=${[
            [
              textOf('records.password'),
              textOf('records.password_range', {
                from: number(limits.password_minimum),
                to: number(limits.password_maximum),
              }),
            ],
            [textOf('records.session_lifetime'), lasts(limits.session_lifetime)],
          ]}
        />
        <${Card}
          id="devices"
          title=${textOf('records.devices')}
          of=${[
            ...settings.devices.map(device => [
              device.name,
              [
                textOf(`jobs.channel_${device.channel}`) || textOf('records.channel_voice'),
                device.default && textOf('records.by_default'),
              ]
                .filter(Boolean)
                .join(', '),
            ]),
            [
              textOf('records.countries'),
              sms.countries.join(', ') || textOf('records.all_countries'),
            ],
            [textOf('records.segments'), number(sms.max_segments)],
          ]}
        />
        <${Card}
          id="file"
          title=${textOf('records.file')}
          of=${[
            [textOf('records.file_size'), limitInBytes(limits.file_bytes)],
            [textOf('records.file_rows'), number(limits.file_rows)],
            [textOf('records.row_size'), limitInBytes(limits.row_bytes)],
            [
              textOf('records.custom_fields'),
              settings.custom_fields.join(', ') || textOf('records.none'),
            ],
          ]}
        />
      </div>
      <${Remembered} />
    </${Page}>
  `;
}
