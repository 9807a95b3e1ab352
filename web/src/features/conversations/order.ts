import { titleOf } from '@/lib/conversation';
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
}

/**
 * The rows of the list, most recent first. A direct conversation in which nobody has written yet
 * is left out: opening a chat with somebody should not show up on their side.
 */
export function orderConversations({ conversations, pending, self, openId, filter }: ListInput): ListRow[] {
  const newestPending = new Map(pending.map((message) => [message.conversationId, message]));
  const needle = fold(filter);
  return [...conversations.values()]
    .map((replica) => ({ replica, pending: newestPending.get(replica.summary.id) ?? null }))
    .filter(({ replica, pending: unsent }) => {
      const { summary } = replica;
      const started = summary.type === 'group' || summary.lastMessage !== null || unsent !== null || summary.id === openId;
      return started && fold(titleOf(summary, self)).includes(needle);
    })
    .toSorted((a, b) => activityOf(b).localeCompare(activityOf(a)));
}

function activityOf({ replica, pending }: ListRow): string {
  const { lastActivityAt } = replica.summary;
  return pending !== null && pending.createdAt > lastActivityAt ? pending.createdAt : lastActivityAt;
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{Mn}/gu, '').toLowerCase().trim();
}
