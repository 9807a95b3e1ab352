import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '@/lib/wire';
import type { PendingMessage } from '@/sync/outbox';
import type { Replica } from '@/sync/replica';
import { orderConversations } from './order';

function replica(id: string, name: string, minute: number | null, settings: Partial<Conversation> = {}): Replica {
  const lastActivityAt = new Date(Date.UTC(2026, 2, 2, 10, minute ?? 0)).toISOString();
  const members = [
    { userId: 'me', fullName: 'Me' },
    { userId: id, fullName: name },
  ];
  const lastMessage = minute === null ? null : ({ createdAt: lastActivityAt } as Message);
  const summary = { id, type: 'direct', title: null, members, lastMessage, lastActivityAt, archived: false, pinned: false, ...settings } as unknown as Conversation;
  return { summary, applied: 1, ahead: [], revised: 0, window: null };
}

const conversations = new Map([
  ['a', replica('a', 'Ada Byron', 1)],
  ['b', replica('b', 'Zoë Quinn', 5)],
  ['c', replica('c', 'Nobody Yet', null)],
]);
const base = { conversations, pending: [], self: 'me', openId: null, filter: '', archived: false };
const idsOf = (input: Partial<typeof base> | object) => orderConversations({ ...base, ...input }).map(({ replica: { summary } }) => summary.id);

describe('orderConversations', () => {
  it('puts the most recent first, and leaves out those nobody has written in', () => {
    expect(idsOf({})).toEqual(['b', 'a']);
  });

  it('shows an empty one while it is open, or something is on its way into it', () => {
    expect(idsOf({ openId: 'c' })).toContain('c');
    const pending = [{ conversationId: 'c', createdAt: '2026-03-02T11:00:00.000Z' } as PendingMessage];
    expect(idsOf({ pending })).toEqual(['c', 'b', 'a']);
  });

  it('filters by name, whatever the case and the accents', () => {
    expect(idsOf({ filter: ' ZOE' })).toEqual(['b']);
    expect(idsOf({ filter: 'byr' })).toEqual(['a']);
    expect(idsOf({ filter: 'x' })).toEqual([]);
  });

  it('puts what is pinned above what is recent', () => {
    const pinned = new Map([...conversations, ['p', replica('p', 'Pia', 0, { pinned: true })] as const]);
    expect(idsOf({ conversations: pinned })).toEqual(['p', 'b', 'a']);
  });

  it('keeps the archive apart, but finds what is in it', () => {
    const archived = new Map([...conversations, ['x', replica('x', 'Xaver', 9, { archived: true })] as const]);
    expect(idsOf({ conversations: archived })).toEqual(['b', 'a']);
    expect(idsOf({ conversations: archived, archived: true })).toEqual(['x']);
    expect(idsOf({ conversations: archived, filter: 'xav' })).toEqual(['x']);
  });
});
