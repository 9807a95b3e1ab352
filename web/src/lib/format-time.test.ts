import { describe, expect, it } from 'vitest';
import { formatAgo, formatDay, formatShort } from './format-time';

const now = new Date(2026, 2, 12, 15, 30).getTime();
const at = (...args: [number, number, number, number?, number?]) => new Date(...args).toISOString();

describe('formatAgo', () => {
  it.each([
    [-90_000, 'just now'],
    [30_000, 'just now'],
    [5 * 60_000, '5 minutes ago'],
    [59 * 60_000, '59 minutes ago'],
    [3 * 3_600_000, '3 hours ago'],
    [25 * 3_600_000, 'yesterday'],
    [5 * 86_400_000, '5 days ago'],
  ])('%d ms', (passed, text) => {
    expect(formatAgo(new Date(now - passed).toISOString(), now)).toBe(text);
  });

  it('gives a date for what is long ago', () => {
    expect(formatAgo(at(2025, 0, 5), now)).toMatch(/^on .*2025/u);
  });
});

describe('formatDay', () => {
  it.each([
    [at(2026, 2, 12, 0, 1), 'Today'],
    [at(2026, 2, 11, 23, 59), 'Yesterday'],
    [at(2026, 2, 8, 12), 'Sunday'],
  ])('%s', (time, text) => {
    expect(formatDay(time, now)).toBe(text);
  });

  it('names the year of other years only', () => {
    expect(formatDay(at(2026, 0, 5), now)).not.toContain('2026');
    expect(formatDay(at(2024, 0, 5), now)).toContain('2024');
  });
});

describe('formatShort', () => {
  it('is a time for today, and a day otherwise', () => {
    expect(formatShort(at(2026, 2, 12, 9, 5), now)).toMatch(/09:05|9:05/u);
    expect(formatShort(at(2026, 2, 11, 9, 5), now)).toBe('Yesterday');
  });
});
