import type { MessageQuery } from './api/search-messages';

/** What is looked for, as it is typed and chosen; '' where nothing is. */
export interface Filters {
  q: string;
  /** A user's id. */
  from: string;
  /** A conversation's id. */
  in: string;
  has: string;
  /** Days of the user's calendar, `2026-01-31`; both count. */
  since: string;
  until: string;
}

const names = ['q', 'from', 'in', 'has', 'since', 'until'] as const;

export function readFilters(params: URLSearchParams): Filters {
  return Object.fromEntries(names.map((name) => [name, params.get(name) ?? ''])) as unknown as Filters;
}

/** The address's parameters with the filters among them; others stay. */
export function writeFilters(params: URLSearchParams, filters: Filters): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of names) {
    if (filters[name] === '') next.delete(name);
    else next.set(name, filters[name]);
  }
  return next;
}

/** How many narrow the search, besides the words. */
export function narrowing(filters: Filters): number {
  return names.filter((name) => name !== 'q' && filters[name] !== '').length;
}

/** What the server is asked for; null while that would be everything. */
export function messageQuery(filters: Filters, conversationId: string | null): MessageQuery | null {
  const q = filters.q.trim();
  if (q === '' && filters.from === '' && filters.has === '') return null;
  const inside = conversationId ?? filters.in;
  const after = startOfDay(filters.since, 0);
  const before = startOfDay(filters.until, 1);
  return {
    ...(q !== '' && { q }),
    ...(inside !== '' && { conversationId: inside }),
    ...(filters.from !== '' && { senderId: filters.from }),
    ...(filters.has !== '' && { has: filters.has }),
    ...(after !== null && { after }),
    ...(before !== null && { before }),
  };
}

/** The beginning of a day, or of one some days later, as an RFC 3339 time; null if it is none. */
function startOfDay(day: string, later: number): string | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/u.exec(day);
  if (parts === null) return null;
  const [year, month, date] = parts.slice(1).map(Number) as [number, number, number];
  const time = new Date(year, month - 1, date);
  if (time.getMonth() !== month - 1 || year < 1970) return null;
  time.setDate(date + later);
  return time.toISOString();
}
