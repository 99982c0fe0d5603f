// How many users of a job have a password, over time, with its messages as marks.

import {get} from '../api.js';
import {number, time} from '../formats.js';
import {textOf} from '../texts.js';
import {html, useEffect, useLayoutEffect, useRef, useState} from '../view.js';

const height = 180;
const top = 22;
const bottom = 24;
const left = 40;
const right = 12;
const marksShown = 200; // messages: one page of the list, which begins with the oldest

/** The whole numbers at which the axis of the users has a line. */
function lines(most) {
  const steps = [1, 2, 5]
    .flatMap(step => [0, 1, 2, 3, 4, 5, 6].map(power => step * 10 ** power))
    .sort((a, b) => a - b);
  const step = steps.find(one => most / one <= 3) ?? most;
  return Array.from({length: Math.floor(most / step) + 1}, (_, i) => i * step);
}

/** The day, or the time of the day if the chart covers less than two days. */
const tick = (at, span) =>
  new Intl.DateTimeFormat(
    undefined,
    span < 172_800_000 ? {hour: 'numeric', minute: '2-digit'} : {day: 'numeric', month: 'short'},
  ).format(at);

export function Chart({job}) {
  const [{activity, sent}, setLoaded] = useState({});
  const box = useRef();
  const [width, setWidth] = useState(0);
  const {active} = job.users;
  useEffect(() => {
    let here = true;
    Promise.all([
      get(`/api/jobs/${job.id}/activity`),
      get(`/api/jobs/${job.id}/notifications`, {limit: marksShown}),
    ]).then(
      ([points, {items}]) => here && setLoaded({activity: points, sent: items}),
      () => {},
    );
    return () => {
      here = false;
    };
  }, [job.id, active, job.notifications]);
  useLayoutEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return html`
    <figure class="figure" ref=${box}>
      ${
        activity && width
          ? html`<${Drawing} activity=${activity} sent=${sent} width=${width} />`
          : html`<span class="skeleton chart-place"></span>`
      }
    </figure>
  `;
}

function Drawing({activity, sent, width}) {
  const points = activity.points.map(point => ({at: Date.parse(point.at), active: point.active}));
  const from = points[0].at;
  const span = Math.max(points.at(-1).at - from, 1);
  const most = Math.max(points.at(-1).active, 1);
  const x = at => left + ((at - from) * (width - left - right)) / span;
  const y = active =>
    height - bottom - (active * (height - top - bottom)) / Math.max(lines(most).at(-1), most);
  const line = points
    .map(point => `${x(point.at).toFixed(1)},${y(point.active).toFixed(1)}`)
    .join(' L');
  const ticks = Array.from(
    {length: width < 480 ? 3 : 5},
    (_, i, all = width < 480 ? 2 : 4) => from + (span * i) / all,
  );
  const says = point => `${number(point.active)}, ${time(point.at)}`;
  const label = `${textOf('jobs.chart_title')}: ${says(points[0])}; ${says(points.at(-1))}`;
  return html`
    <svg
      class="chart"
      viewBox=${`0 0 ${width} ${height}`}
      width=${width}
      height=${height}
      role="img"
      aria-label=${label}
    >
      ${lines(most).map(
        count => html`
          <g key=${`y${count}`}>
            <line class="grid" x1=${left} x2=${width - right} y1=${y(count)} y2=${y(count)} />
            <text x=${left - 8} y=${y(count) + 4} text-anchor="end">${number(count)}</text>
          </g>
        `,
      )}
      ${ticks.map((at, i) =>
        i > 0 && tick(at, span) === tick(ticks[i - 1], span)
          ? null
          : html`
              <text
                key=${`x${i}`}
                x=${x(at)}
                y=${height - 6}
                text-anchor=${i === 0 ? 'start' : i === ticks.length - 1 ? 'end' : 'middle'}
              >
                ${tick(at, span)}
              </text>
            `,
      )}
      <path class="area" d=${`M${x(from)},${y(0)} L${line} L${x(points.at(-1).at)},${y(0)} Z`} />
      <path class="line" d=${`M${line}`} />
      ${sent.map(one => {
        const at = Math.min(Math.max(Date.parse(one.created_at), from), from + span);
        const reminder = one.trigger === 'reminder';
        return html`
          <g key=${`n${one.id}`}>
            <title>
              ${textOf(reminder ? 'jobs.chart_reminder' : 'jobs.chart_message', {
                id: one.id,
                at: time(at),
              })}
            </title>
            <line
              class=${`mark ${reminder ? 'reminder' : ''}`}
              x1=${x(at)}
              x2=${x(at)}
              y1=${top - 8}
              y2=${height - bottom}
            />
            <circle class=${`dot ${reminder ? 'reminder' : ''}`} cx=${x(at)} cy=${top - 12} r="6" />
          </g>
        `;
      })}
    </svg>
    <figcaption>
      <ul class="bar-key">
        <li>
          <i data-tone="good"></i>
          ${textOf('jobs.chart_key_active')}
        </li>
        ${
          sent.some(one => one.trigger !== 'reminder') &&
          html`
            <li>
              <i data-tone="info"></i>
              ${textOf('jobs.chart_key_message')}
            </li>
          `
        }
        ${
          sent.some(one => one.trigger === 'reminder') &&
          html`
            <li>
              <i data-tone="warn"></i>
              ${textOf('jobs.chart_key_reminder')}
            </li>
          `
        }
        ${activity.estimated && html`<li>${textOf('jobs.chart_estimated')}</li>`}
      </ul>
    </figcaption>
  `;
}
