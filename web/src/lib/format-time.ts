const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

// The words around the times are English, so are theirs; the region still decides on 12 or 24 hours.
const preferred = new Intl.DateTimeFormat().resolvedOptions().locale;
const locale = preferred.startsWith('en') ? preferred : 'en-GB';

const clockTime = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' });
const shortDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const shortDateWithYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const longDate = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const longDateWithYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
const fullTime = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** The time of day, as in a message's corner. */
export function formatClock(time: string): string {
  return clockTime.format(new Date(time));
}

/** The date alone. */
export function formatDate(time: string): string {
  return shortDate.format(new Date(time));
}

/** Date and time in full, for tooltips. */
export function formatFull(time: string): string {
  return fullTime.format(new Date(time));
}

/** A day as a separator names it: Today, Yesterday, a weekday within the week, else the date. */
export function formatDay(time: string, now: number): string {
  const days = daysBetween(time, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const date = new Date(time);
  if (days > 1 && days < 7) return weekday.format(date);
  return sameYear(date, now) ? longDate.format(date) : longDateWithYear.format(date);
}

/** A time as a list shows it in little room. */
export function formatShort(time: string, now: number): string {
  const days = daysBetween(time, now);
  if (days === 0) return formatClock(time);
  if (days === 1) return 'Yesterday';
  const date = new Date(time);
  if (days > 1 && days < 7) return weekday.format(date);
  return sameYear(date, now) ? shortDate.format(date) : shortDateWithYear.format(date);
}

/** "5 minutes ago". A time in the future (clocks differ) counts as now. */
export function formatAgo(time: string, now: number): string {
  const passed = Math.max(0, now - Date.parse(time));
  if (passed < minute) return 'just now';
  if (passed < hour) return relative.format(-Math.floor(passed / minute), 'minute');
  if (passed < day) return relative.format(-Math.floor(passed / hour), 'hour');
  if (passed < 30 * day) return relative.format(-Math.floor(passed / day), 'day');
  return `on ${shortDateWithYear.format(new Date(time))}`;
}

/** Whether two times fall on the same day here. */
export function sameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** Calendar days from `time` to `now`; daylight saving makes days of 23 and 25 hours, hence the rounding. */
function daysBetween(time: string, now: number): number {
  const from = new Date(time).setHours(0, 0, 0, 0);
  return Math.round((new Date(now).setHours(0, 0, 0, 0) - from) / day);
}

function sameYear(date: Date, now: number): boolean {
  return date.getFullYear() === new Date(now).getFullYear();
}
