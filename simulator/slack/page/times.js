/** Times as one person reads them: 24-hour clock, day before month, in that person's zone. Epochs in milliseconds. */
import { el } from './dom.js';

const LOCALE = 'en-GB';
const DAY_MS = 86_400_000;
const formats = new Map();

function format(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options });
  formats.set(key, made);
  return made;
}

function parts(at, zone) {
  const options = {
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  };
  return Object.fromEntries(
    format(zone, options)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
}

export const clockTime = (at, zone) => format(zone, { hour: '2-digit', minute: '2-digit' }).format(at);
export const fullDate = (at, zone) =>
  format(zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(at);
export const dayAndDate = (at, zone) =>
  format(zone, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(at);
export const exactTime = (at, zone) =>
  format(zone, { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' }).format(at);
export const zoneName = (at, zone) =>
  format(zone, { timeZoneName: 'short' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? zone;

/** `2026-11-25`: also tells two days apart. */
export function isoDate(at, zone) {
  const { year, month, day } = parts(at, zone);
  return `${year}-${month}-${day}`;
}

/** What `<input type="datetime-local">` holds. */
export function wallTime(at, zone) {
  const { hour, minute } = parts(at, zone);
  return `${isoDate(at, zone)}T${hour}:${minute}`;
}

/** The instant at which the clocks of `zone` show `wall` (`2026-11-25T14:00`); undefined when it is no time. */
export function instantOf(wall, zone) {
  const asUtc = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(asUtc)) return undefined;
  // Twice: the first guess can lie on the other side of a change of the clocks.
  let at = asUtc;
  for (let round = 0; round < 2; round += 1) {
    const shown = Date.parse(`${wallTime(at, zone)}:00Z`);
    at += asUtc - shown;
  }
  return at;
}

function relativeDay(at, zone, now) {
  const day = isoDate(at, zone);
  if (day === isoDate(now, zone)) return 'today';
  if (day === isoDate(now - DAY_MS, zone)) return 'yesterday';
  if (day === isoDate(now + DAY_MS, zone)) return 'tomorrow';
  return undefined;
}

function ago(at, now) {
  const minutes = Math.round((at - now) / 60_000);
  const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
  if (Math.abs(minutes) < 60) return relative.format(minutes, 'minute');
  if (Math.abs(minutes) < 48 * 60) return relative.format(Math.round(minutes / 60), 'hour');
  return relative.format(Math.round(minutes / 1440), 'day');
}

/** Slack's date tokens, from `<!date^…>` and the rich text date element. An unknown token stays as it is. */
export function slackDate(pattern, at, zone, now) {
  const day = (options) => format(zone, options).format(at);
  const long = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' };
  const medium = { day: 'numeric', month: 'long', year: 'numeric' };
  const short = { day: 'numeric', month: 'short', year: 'numeric' };
  const pretty = relativeDay(at, zone, now);
  const tokens = {
    date_num: () => isoDate(at, zone),
    date: () => day(medium),
    date_slash: () => isoDate(at, zone).replaceAll('-', '/'),
    date_long: () => day(long),
    date_long_full: () => day(long),
    date_short: () => day(short),
    date_pretty: () => pretty ?? day(medium),
    date_long_pretty: () => pretty ?? day(long),
    date_short_pretty: () => pretty ?? day(short),
    day_divider_pretty: () => pretty ?? day(long),
    time: () => clockTime(at, zone),
    time_secs: () => day({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    ago: () => ago(at, now),
  };
  return pattern.replace(/\{(\w+)\}/g, (whole, token) => tokens[token]?.() ?? whole);
}

/** A `<time>` that `refreshTimes` keeps right while "today" turns into "yesterday". */
export function timeNode(pattern, at, context) {
  const zone = context.zone();
  return el('time', {
    class: 'when',
    datetime: new Date(at).toISOString(),
    title: exactTime(at, zone),
    data: { at, pattern },
    text: slackDate(pattern, at, zone, context.now()),
  });
}

export function refreshTimes(root, zone, now) {
  for (const node of root.querySelectorAll('time[data-pattern]')) {
    const text = slackDate(node.dataset.pattern, Number(node.dataset.at), zone, now);
    if (node.textContent !== text) node.textContent = text;
  }
}
