/** Recurring windows and freezes: when do they occur? `cron` computes, nothing waits. */
import { CronTime } from 'cron';
import { DateTime } from 'luxon';
import type { Recurring } from '../core/inventory.ts';
import type { Calendar } from './ports.ts';

/** A rule that fires every minute over the whole look-ahead would otherwise be counted for ever. */
const MOST_OCCURRENCES = 2000;

/** luxon alone also takes `local` and `UTC+3`, which nothing else that shows times knows. */
function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return DateTime.utc().setZone(zone).isValid;
  } catch {
    return false;
  }
}

function whyNotCron(cron: string): string | null {
  // Six fields begin with seconds; a window that opens each second is a slip of the pen.
  if (!cron.startsWith('@') && cron.trim().split(/\s+/).length !== 5) return 'it needs five fields';
  let time: CronTime;
  try {
    time = new CronTime(cron, 'UTC');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  try {
    time.getNextDateFrom(new Date(0), 'UTC');
    return null;
  } catch {
    return 'there is no such day';
  }
}

/** @returns which field cannot be used and why, or null */
export function recurringProblem({
  cron,
  zone,
}: Pick<Recurring, 'cron' | 'zone'>): { readonly field: 'cron' | 'zone'; readonly say: string } | null {
  if (!isZone(zone))
    return { field: 'zone', say: `“${zone}” is not a time zone; use an IANA name such as Europe/Berlin` };
  const why = whyNotCron(cron);
  if (why === null) return null;
  return {
    field: 'cron',
    say: `“${cron}” is not a cron expression (minute hour day month weekday, as in 0 22 * * 5): ${why}`,
  };
}

function starts({ cron, zone }: Recurring, from: number, to: number): readonly number[] {
  const time = new CronTime(cron, zone);
  const found: number[] = [];
  // getNextDateFrom answers strictly later: one millisecond earlier lets a start exactly at `from` count.
  let at: DateTime = DateTime.fromMillis(from - 1, { zone });
  while (found.length < MOST_OCCURRENCES) {
    at = time.getNextDateFrom(at.toJSDate(), zone);
    if (at.toMillis() >= to) break;
    found.push(at.toMillis());
  }
  return found;
}

export function createCalendar(): Calendar {
  return {
    occurrences: (rules, from, to) =>
      rules
        .flatMap((rule) =>
          // One that began before `from` may still be open.
          starts(rule, from - rule.lengthS * 1000, to).map((opensAt) => ({
            opensAt,
            closesAt: opensAt + rule.lengthS * 1000,
            zone: rule.zone,
            title: rule.title,
          })),
        )
        .filter(({ closesAt }) => closesAt > from)
        .sort((a, b) => a.opensAt - b.opensAt),
  };
}
