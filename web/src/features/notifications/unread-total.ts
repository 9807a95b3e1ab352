import { isMuted } from '@/lib/conversation';
import type { SyncState } from '@/sync/state';

/** How many messages wait to be read: all that are not muted, and those of muted chats that name the user. */
export function unreadTotal({ conversations }: Pick<SyncState, 'conversations'>, now: number): number {
  let total = 0;
  for (const { summary } of conversations.values()) {
    const unread = isMuted(summary, now) ? summary.mentions : summary.unread;
    total += unread === 0 && summary.markedUnread ? 1 : unread;
  }
  return total;
}

/** What the browser calls a page of that name then. */
export function titleWith(unread: number, page: string | null): string {
  const title = page === null ? 'Parley' : `${page} · Parley`;
  return unread > 0 ? `(${unread > 99 ? '99+' : unread}) ${title}` : title;
}
