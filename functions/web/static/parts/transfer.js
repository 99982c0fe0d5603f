// Files on their way to the bucket. They go on while the reader moves between the
// pages of the console.

import {tab} from '../tab.js';

const transfers = new Map(); // by job

const changed = () => dispatchEvent(new Event('transferred'));

/** Has the browser ask before the page is left while a file is on its way. */
function askBeforeLeaving(event) {
  if ([...transfers.values()].some(one => one.state === 'going')) event.preventDefault();
}

/**
 * Where the file of a job goes to: what the API gave this tab when the job was made. Null
 * elsewhere, or when its time is over.
 */
export function placeOf(id) {
  const place = tab.get(`upload:${id}`);
  return place && new Date(place.expires_at) > new Date() ? place : null;
}

/**
 * The transfer of a job's file: {state: 'going', 'done' or 'broken', loaded, total,
 * since}.
 */
export const transferOf = id => transfers.get(id);

/** Forgets a transfer whose file has come. */
export const arrived = id => transfers.delete(id);

/** Sends the file to its place. */
export function transfer(id, place, file) {
  tab.set(`upload:${id}`, place);
  const one = {state: 'going', loaded: 0, total: file.size, since: Date.now()};
  transfers.set(id, one);
  addEventListener('beforeunload', askBeforeLeaving); // once, however many there are
  const request = new XMLHttpRequest();
  request.open(place.method, place.url);
  for (const [name, value] of Object.entries(place.headers)) {
    if (name.toLowerCase() !== 'host') request.setRequestHeader(name, value);
  }
  request.upload.onprogress = ({loaded}) => {
    one.loaded = loaded;
    changed();
  };
  request.onloadend = () => {
    one.state = request.status >= 200 && request.status < 300 ? 'done' : 'broken';
    if (one.state === 'done') tab.set(`upload:${id}`, null);
    changed();
  };
  request.send(file);
  changed();
}
