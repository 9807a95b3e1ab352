import { avatarOf, peerOf, titleOf } from '@/lib/conversation';
import { fold } from '@/lib/fold';
import type { User } from '@/lib/wire';
import type { Replica } from '@/sync/replica';

/** Somewhere to go: a chat, or somebody with whom there is none yet. */
export interface SwitcherEntry {
  kind: 'chat' | 'person';
  id: string;
  name: string;
  avatarUrl: string | null;
  note: string;
}

interface SwitcherInput {
  conversations: ReadonlyMap<string, Replica>;
  /** What the directory finds. */
  users: readonly User[];
  self: string;
  q: string;
}

const most = 30;

/** Chats whose names have the words, the best and most recent first, then people without a chat. */
export function switcherEntries({ conversations, users, self, q }: SwitcherInput): SwitcherEntry[] {
  const needle = fold(q);
  const summaries = [...conversations.values()].map(({ summary }) => summary);
  const chats = summaries
    .map((summary) => ({ summary, name: titleOf(summary, self), rank: rankOf(fold(titleOf(summary, self)), needle) }))
    .filter(({ rank }) => rank > 0)
    .toSorted((a, b) => b.rank - a.rank || b.summary.lastActivityAt.localeCompare(a.summary.lastActivityAt))
    .map(({ summary, name }): SwitcherEntry => {
      const note = summary.type === 'group' ? `${summary.memberCount} members` : '';
      return { kind: 'chat', id: summary.id, name, avatarUrl: avatarOf(summary, self), note: summary.archived ? 'Archived' : note };
    });
  if (needle === '') return chats.slice(0, most);
  const known = new Set(summaries.map((summary) => peerOf(summary, self)?.userId));
  const people = users
    .filter((user) => user.id !== self && !known.has(user.id))
    .map((user): SwitcherEntry => ({ kind: 'person', id: user.id, name: user.fullName, avatarUrl: user.avatarUrl, note: 'New chat' }));
  return [...chats, ...people].slice(0, most);
}

/** 3: the name begins so; 2: one of its words does; 1: it is in it; 0: it is not. */
function rankOf(name: string, needle: string): number {
  if (name.startsWith(needle)) return 3;
  if (name.includes(` ${needle}`)) return 2;
  return name.includes(needle) ? 1 : 0;
}
