import { expect, test } from 'vitest';
import { messageQuery, narrowing, readFilters, writeFilters } from './filters';

const filters = (search: string) => readFilters(new URLSearchParams(search));

test('the address keeps the filters, and what else is in it', () => {
  const params = new URLSearchParams('m=7&q=old&has=image');
  const next = writeFilters(params, { ...filters('q=new&from=ada'), has: '' });
  expect(Object.fromEntries(next)).toEqual({ m: '7', q: 'new', from: 'ada' });
  expect(readFilters(next)).toEqual(filters('q=new&from=ada'));
  expect(narrowing(filters('q=a&from=b&since=2026-01-31'))).toBe(2);
});

test.each(['', 'q=%20', 'in=c', 'since=2026-01-31'])('%j asks for nothing', (search) => {
  expect(messageQuery(filters(search), null)).toBeNull();
});

test('words, sender or kind are asked for, within whole days', () => {
  expect(messageQuery(filters('q=%20note%20g&in=c'), null)).toEqual({ q: 'note g', conversationId: 'c' });
  expect(messageQuery(filters('from=ada&in=c'), 'open')).toEqual({ senderId: 'ada', conversationId: 'open' });
  expect(messageQuery(filters('has=image&since=2026-01-31&until=2026-02-28'), null)).toEqual({
    has: 'image',
    after: new Date(2026, 0, 31).toISOString(),
    before: new Date(2026, 2, 1).toISOString(),
  });
  expect(messageQuery(filters('q=a&since=2026-02-31&until=soon'), null)).toEqual({ q: 'a' });
});
