/** The virtual clock: what time it is in the story, and how fast it runs. */
import { el } from './dom.js';
import { clockTime, dayAndDate, zoneName } from './times.js';

/** Twice a second is smooth enough for minutes that last two seconds. */
const TICK_MS = 500;

/** Where the clock stands between two answers of the simulator. */
export function createClock() {
  let base = { now: Date.now(), k: 1, readAt: performance.now() };
  return {
    set: ({ now, k }) => {
      base = { now, k, readAt: performance.now() };
    },
    now: () => base.now + (performance.now() - base.readAt) * base.k,
    speed: () => base.k,
  };
}

/** @param {() => {clock, zone: string} | undefined} source */
export function showClock(host, source, everyTick) {
  const time = el('span', { class: 'clock-time' });
  const date = el('span', { class: 'clock-date' });
  const speed = el('span', { class: 'clock-speed' });
  const zoned = el('span', { class: 'clock-zone' });
  host.append(
    time,
    el('span', { class: 'clock-words' }, date, el('span', { class: 'clock-line' }, zoned, speed)),
  );
  const tick = () => {
    const { clock, zone } = source() ?? {};
    if (clock === undefined) return;
    const now = clock.now();
    time.textContent = clockTime(now, zone);
    date.textContent = dayAndDate(now, zone);
    zoned.textContent = zoneName(now, zone);
    const k = clock.speed();
    speed.textContent = k === 1 ? 'real time' : `${Number(k.toFixed(1))}× faster`;
    everyTick(now);
  };
  tick();
  setInterval(tick, TICK_MS);
  return tick;
}
