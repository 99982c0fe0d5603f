// What the deployment says, to read: it is changed where it is deployed.

import {number, seconds, span} from './console.js';
import {Page, Skeletons, Trouble, t} from './parts.js';
import {many, r} from './words.js';
import {html, useThing} from './view.js';

const language = document.documentElement.lang;

const displayed = new Intl.DisplayNames(language, {type: 'language'});

/**
 * A language in the words of the page's; the deployment may name it by its tag or in
 * English.
 */
function languageName(named, known) {
  const found = known.find(({tag, name}) => named === tag || named === name);
  return found ? displayed.of(found.tag) : named;
}

const bytes = count => {
  const [unit, size] =
    count >= 1e9 ? ['gigabyte', 1e9] : count >= 1e6 ? ['megabyte', 1e6] : ['kilobyte', 1024];
  return new Intl.NumberFormat(language, {style: 'unit', unit, maximumFractionDigits: 1}).format(
    Math.floor((count * 10) / size) / 10,
  );
};

const lasts = duration => span(seconds(duration));

/** A card of names with their values: [[name, value]]. */
const Card = ({id, title, of, children}) => html`
  <section class="card" aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    <dl>
      ${of.map(
        ([name, value]) => html`
          <dt key=${name}>${name}</dt>
          <dd>${value ?? r('not_set')}</dd>
        `,
      )}
    </dl>
    ${children}
  </section>
`;

function Email({of, settings}) {
  const {email, email_note: note} = settings;
  const warnings = email
    ? [!email.production && r('sandbox'), !email.sending_enabled && r('sending_off')].filter(
        Boolean,
      )
    : [r('email_unknown')];
  return html`
    <${Card}
      id="email"
      title=${r('email')}
      of=${[
        ...of,
        ...(email
          ? [
              [
                r('quota'),
                email.max_24_hour_send === null
                  ? r('no_limit')
                  : many('emails', email.max_24_hour_send),
              ],
              [r('sent_today'), number(email.sent_last_24_hours)],
              [
                r('rate'),
                email.max_send_rate ? many('per_second', email.max_send_rate) : r('no_limit'),
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
  const {value: settings, error, look} = useThing('/api/settings', () => null);
  if (!settings) {
    return html`
      <${Page} title=${r('settings')} under=${r('settings_text')}>
        ${
          error
            ? html`<${Trouble} error=${error} again=${look} />`
            : html`<div class="card"><${Skeletons} /></div>`
        }
      </${Page}>
    `;
  }
  const {limits, sms} = settings;
  const among = (least, most) => r('from_to', {from: lasts(least), to: lasts(most)});
  return html`
    <${Page} title=${r('settings')} under=${r('settings_text')}>
      <div class="cards two">
        <${Card}
          id="deployment"
          title=${r('deployment')}
          of=${[
            [r('company'), settings.company],
            [r('support'), settings.support_contact],
            [r('base_url'), settings.base_url],
            [r('app_url'), settings.app_url],
            [r('language'), languageName(settings.language, settings.languages)],
            [r('languages'), settings.languages.map(({tag}) => displayed.of(tag)).join(', ')],
            [r('time_zone'), settings.time_zone],
          ]}
        />
        <${Email}
          settings=${settings}
          of=${[
            [r('sender'), settings.sender],
            [r('reply_to'), settings.reply_to],
          ]}
        />
        <${Card}
          id="links"
          title=${r('links')}
          of=${[
            [r('link_lifetime'), lasts(limits.link_lifetime)],
            [r('link_range'), among(limits.link_lifetime_minimum, limits.link_lifetime_maximum)],
            [r('reset_lifetime'), lasts(limits.reset_lifetime)],
            [r('code_lifetime'), lasts(limits.code_lifetime)],
            [r('renew_gap'), lasts(limits.renew_gap)],
            [r('forgot'), many('per_hour', limits.forgot_per_hour)],
          ]}
        />
        <${Card}
          id="access"
          title=${r('access')}
          of=${[
            [
              r('password'),
              r('password_range', {
                from: number(limits.password_minimum),
                to: number(limits.password_maximum),
              }),
            ],
            [r('session_lifetime'), lasts(limits.session_lifetime)],
          ]}
        />
        <${Card}
          id="devices"
          title=${r('devices')}
          of=${[
            ...settings.devices.map(device => [
              device.name,
              [
                t(`channel_${device.channel}`) || r('channel_voice'),
                device.default && r('by_default'),
              ]
                .filter(Boolean)
                .join(', '),
            ]),
            [r('countries'), sms.countries.join(', ') || r('all_countries')],
            [r('segments'), number(sms.max_segments)],
          ]}
        />
        <${Card}
          id="file"
          title=${r('file')}
          of=${[
            [r('file_size'), bytes(limits.file_bytes)],
            [r('file_rows'), number(limits.file_rows)],
            [r('row_size'), bytes(limits.row_bytes)],
            [r('custom_fields'), settings.custom_fields.join(', ') || r('none')],
          ]}
        />
      </div>
    </${Page}>
  `;
}
