import { expect, it } from 'vitest';
import type { Conversation } from '@/lib/wire';
import type { Replica } from '@/sync/replica';
import { titleWith, unreadTotal } from './unread-total';

const quiet = { unread: 0, mentions: 0, mutedUntil: null, markedUnread: false };
const now = Date.parse('2026-03-02T10:00:00.000Z');

function total(...summaries: Partial<Conversation>[]): number {
  const entries = summaries.map((summary, index) => [String(index), { summary: { ...quiet, ...summary } } as Replica] as const);
  return unreadTotal({ conversations: new Map(entries) }, now);
}

it('counts what is unread, of muted chats only what names the user', () => {
  const muted = { mutedUntil: '2026-03-02T11:00:00.000Z' };
  expect(total({ unread: 3 }, { unread: 4 })).toBe(7);
  expect(total({ unread: 3, ...muted }, { unread: 4, mentions: 1, ...muted })).toBe(1);
  expect(total({ unread: 3, mutedUntil: '2026-03-02T09:00:00.000Z' })).toBe(3);
});

it('counts a chat that was marked as unread as one', () => {
  expect(total({ markedUnread: true }, { markedUnread: true, unread: 2 })).toBe(3);
});

it('says it in the title', () => {
  expect(titleWith(0, null)).toBe('Parley');
  expect(titleWith(7, null)).toBe('(7) Parley');
  expect(titleWith(100, 'Grace Hopper')).toBe('(99+) Grace Hopper · Parley');
});
