import { describe, expect, it } from 'vitest';
import type { Conversation, User } from '@/lib/wire';
import type { Replica } from '@/sync/replica';
import { switcherEntries } from './switcher-entries';

function chat(id: string, title: string, minute: number, more: Partial<Conversation> = {}): [string, Replica] {
  const lastActivityAt = new Date(Date.UTC(2026, 2, 2, 10, minute)).toISOString();
  const summary = { id, type: 'group', title, members: [], memberCount: 3, avatarUrl: null, archived: false, lastActivityAt, ...more };
  return [id, { summary } as unknown as Replica];
}

const conversations = new Map([
  chat('1', 'Mariner', 1),
  chat('2', 'Team Mar', 2),
  chat('3', 'Calamari', 3),
  chat('4', 'Ada', 4, { type: 'direct', title: null, members: [{ userId: 'me' }, { userId: 'ada', fullName: 'Ada' }] as Conversation['members'] }),
]);
const users = [{ id: 'ada', fullName: 'Ada' }, { id: 'mary', fullName: 'Mary' }, { id: 'me', fullName: 'Me' }] as User[];
const named = (q: string) => switcherEntries({ conversations, users, self: 'me', q }).map(({ name }) => name);

describe('switcherEntries', () => {
  it('without a word shows chats, the most recent first', () => {
    expect(named('')).toEqual(['Ada', 'Calamari', 'Team Mar', 'Mariner']);
  });

  it('puts beginnings first, and people without a chat last', () => {
    expect(named('mar')).toEqual(['Mariner', 'Team Mar', 'Calamari', 'Mary']);
  });

  it('shows nobody twice, and not oneself', () => {
    expect(switcherEntries({ conversations, users: users.slice(0, 1), self: 'me', q: 'ada' })).toHaveLength(1);
  });
});
