import { titleOf } from '@/lib/conversation';
import { fold } from '@/lib/fold';
import type { Replica } from '@/sync/replica';
import type { PendingMessage } from '@/sync/outbox';

/** A conversation as one row of the list. */
export interface ListRow {
  replica: Replica;
  /** The newest unsent message, which the row shows instead of the last one. */
  pending: PendingMessage | null;
}

interface ListInput {
  conversations: ReadonlyMap<string, Replica>;
  pending: readonly PendingMessage[];
  self: string;
  /** Shown even while nothing has been written in it. */
  openId: string | null;
  filter: string;
  /** Which list is shown: the archive, or what is not in it. A filter looks into both. */
  archived: boolean;
}

/**
 * The rows of the list: what is pinned, then the rest, each most recent first. A direct conversation in which nobody has written yet
 * is left out: opening a chat with somebody should not show up on their side.
 */
export function orderConversations({ conversations, pending, self, openId, filter, archived }: ListInput): ListRow[] {
  const newestPending = new Map(pending.map((message) => [message.conversationId, message]));
  const needle = fold(filter);
  return [...conversations.values()]
    .map((replica) => ({ replica, pending: newestPending.get(replica.summary.id) ?? null }))
    .filter(({ replica, pending: unsent }) => {
      const { summary } = replica;
      const started = summary.type === 'group' || summary.lastMessage !== null || unsent !== null || summary.id === openId;
      const listed = needle === '' ? summary.archived === archived : fold(titleOf(summary, self)).includes(needle);
      return started && listed;
    })
    .toSorted((a, b) => pinnedOf(b) - pinnedOf(a) || activityOf(b).localeCompare(activityOf(a)));
}

function pinnedOf({ replica }: ListRow): number {
  return Number(replica.summary.pinned);
}

function activityOf({ replica, pending }: ListRow): string {
  const { lastActivityAt } = replica.summary;
  return pending !== null && pending.createdAt > lastActivityAt ? pending.createdAt : lastActivityAt;
}
