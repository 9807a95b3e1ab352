import { useEffect } from 'react';
import { useSyncClient } from '@/hooks/sync-context';
import { useOpenConversation } from '@/hooks/use-open-conversation';

/** Opening a chat that was marked as unread takes the mark away. Marking one that is open leaves it. */
export function useClearMark(): void {
  const client = useSyncClient();
  const openId = useOpenConversation();
  useEffect(() => {
    if (openId === null) return;
    const marked = client.store.getState().conversations.get(openId)?.summary.markedUnread ?? false;
    // A failure leaves the mark: nothing is lost by it.
    if (marked) client.configure(openId, { markedUnread: false }).catch(() => undefined);
  }, [client, openId]);
}
