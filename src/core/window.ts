/** The change window: may a window be proposed, may the run start, may the next step start. Answers give the reason. */
import type { ChangeWindow, OnClose } from './model.ts';
import { granted, refused, type Verdict } from './model.ts';

type Interval = ChangeWindow & { readonly title: string };

/** Somebody fills the form, reads, corrects: a window that opened this long ago is still "now". */
const TYPING_TIME_MS = 10 * 60_000;
/** To find the message, read a plan, tick its statements and click: less is no time, only a deadline that everybody misses. */
const LEAST_TO_APPROVE_MS = 5 * 60_000;
/** Two weeks and a change freeze later, nobody remembers what they approved. */
const FARTHEST_MS = 60 * 24 * 3_600_000;

export function formatDuration(seconds: number): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  if (h === 0) return `${m} min`;
  return m === 0 ? `${h} h` : `${h} h ${m} min`;
}

/** `Fri 27 Nov 2026, 22:00 Europe/Berlin` */
export function formatTime(at: number, zone: string): string {
  const text = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
  return `${text} ${zone}`;
}

export function formatWindow({ opensAt, closesAt, zone }: ChangeWindow): string {
  return `${formatTime(opensAt, zone)} for ${formatDuration((closesAt - opensAt) / 1000)}`;
}

/** May this window be proposed? `allowed` null = the target allows any time. */
export function mayPropose(
  window: ChangeWindow,
  rules: { readonly allowed: readonly Interval[] | null; readonly freezes: readonly Interval[] },
  now: number,
): Verdict<ChangeWindow> {
  if (window.closesAt <= window.opensAt)
    return refused('window-empty', 'The window must be longer than nothing.');
  if (window.opensAt < now - TYPING_TIME_MS)
    return refused('window-past', `That is in the past; it is ${formatTime(now, window.zone)} now.`);
  if (window.closesAt < now + LEAST_TO_APPROVE_MS)
    return refused(
      'window-past',
      `That window is over before anybody could approve it; it is ${formatTime(now, window.zone)} now. Choose a later one.`,
    );
  if (window.opensAt > now + FARTHEST_MS)
    return refused('window-far', 'Choose a time within the next 60 days.');
  const freeze = rules.freezes.find((f) => f.opensAt < window.closesAt && window.opensAt < f.closesAt);
  if (freeze !== undefined)
    return refused(
      'window-in-freeze',
      `“${freeze.title}” freezes changes until ${formatTime(freeze.closesAt, window.zone)}.`,
    );
  if (
    rules.allowed !== null &&
    !rules.allowed.some((a) => a.opensAt <= window.opensAt && window.closesAt <= a.closesAt)
  ) {
    const next = rules.allowed.find((a) => a.closesAt > window.opensAt) ?? rules.allowed[0];
    const hint =
      next === undefined
        ? 'None is near.'
        : `The next one is “${next.title}”: ${formatWindow({ ...next, zone: window.zone })}.`;
    return refused('window-not-allowed', `This target allows changes only in its own windows. ${hint}`);
  }
  return granted(window);
}

/** Does the plan fit? `neededS` = declared durations, gates and manual steps included, + rollback reserve. */
export function fits(window: ChangeWindow, neededS: number): Verdict<ChangeWindow> {
  const lengthS = (window.closesAt - window.opensAt) / 1000;
  if (lengthS >= neededS) return granted(window);
  return refused(
    'window-too-short',
    `The plan needs ${formatDuration(neededS)} with its rollback reserve; the window is ${formatDuration(lengthS)}.`,
  );
}

/** Latest moment at which the plan still fits into the window. */
export function startBy(window: ChangeWindow, neededS: number): number {
  return window.closesAt - neededS * 1000;
}

/** Is there time to approve it, so that it still fits into the window? */
export function mayBeApproved(window: ChangeWindow, neededS: number, now: number): Verdict<null> {
  const last = startBy(window, neededS);
  if (last - now >= LEAST_TO_APPROVE_MS) return granted(null);
  return refused(
    'window-too-near',
    `The plan needs ${formatDuration(neededS)} with its rollback reserve, so it would have to be approved and started at the latest ${formatTime(last, window.zone)}; it is ${formatTime(now, window.zone)} now, and approvers need at least ${formatDuration(LEAST_TO_APPROVE_MS / 1000)}.`,
  );
}

export function mayStart(window: ChangeWindow, neededS: number, now: number): Verdict<null> {
  if (now < window.opensAt)
    return refused('window-not-open', `The window opens ${formatTime(window.opensAt, window.zone)}.`);
  if (now > startBy(window, neededS))
    return refused(
      'window-too-late',
      `What is left of the window is shorter than the plan (${formatDuration(neededS)}). Ask for a new window.`,
    );
  return granted(null);
}

/** May the next step start? Decided before the start by `onClose`, not in the night. */
export function mayStartStep(
  window: ChangeWindow,
  onClose: OnClose,
  expectedS: number,
  now: number,
): Verdict<null> {
  if (onClose === 'finish') return granted(null);
  if (now + expectedS * 1000 <= window.closesAt) return granted(null);
  return refused(
    'window-closes',
    `The window closes ${formatTime(window.closesAt, window.zone)}; the next step needs ${formatDuration(expectedS)}. As approved, the run pauses before it.`,
  );
}
