import type { SyncState } from '@/sync/state';
import { orderConversations } from './order';

/** The chat above (-1) or below (1) the open one, as the list shows them; the first one while none is open. */
export function neighbourOf({ conversations, outbox, self }: SyncState, openId: string | null, by: 1 | -1): string | null {
  const archived = openId !== null && conversations.get(openId)?.summary.archived === true;
  const rows = orderConversations({ conversations, pending: outbox.items, self, openId, filter: '', archived });
  const at = rows.findIndex(({ replica }) => replica.summary.id === openId);
  const next = at < 0 ? rows[0] : rows[at + by];
  return next?.replica.summary.id ?? null;
}
