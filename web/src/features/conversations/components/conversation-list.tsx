import { Archive, MessagesSquare, SearchX } from 'lucide-react';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { VList, type VListHandle } from 'virtua';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { SearchField } from '@/components/ui/search-field';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { orderConversations, type ListRow } from '../order';
import { useClearMark } from '../use-clear-mark';
import { ArchiveSwitch } from './archive-switch';
import { ConversationRow } from './conversation-row';

const loadMoreWithin = 600;

/** The chats of the signed-in user, with a filter over their names. */
export function ConversationList() {
  const [filter, setFilter] = useState('');
  const [archived, setArchived] = useState(false);
  const rows = useRows(useDeferredValue(filter), archived);
  const filtered = filter.trim() !== '';
  useClearMark();
  return (
    <>
      <div className="px-4 pb-2">
        <SearchField label="Filter chats" value={filter} onChange={setFilter} />
      </div>
      {!filtered && <ArchiveSwitch archived={archived} onSwitch={setArchived} />}
      <nav aria-label="Chats" className="min-h-0 flex-1">
        <ListBody rows={rows} filtered={filtered} archived={archived} />
      </nav>
    </>
  );
}

function useRows(filter: string, archived: boolean): ListRow[] {
  const openId = useOpenConversation();
  const self = useSyncState((state) => state.self);
  const conversations = useSyncState((state) => state.conversations);
  const pending = useSyncState((state) => state.outbox.items);
  return useMemo(
    () => orderConversations({ conversations, pending, self, openId, filter, archived }),
    [conversations, pending, self, openId, filter, archived],
  );
}

interface ListBodyProps {
  rows: ListRow[];
  filtered: boolean;
  archived: boolean;
}

function ListBody({ rows, filtered, archived }: ListBodyProps) {
  const client = useSyncClient();
  const { status, nextCursor, loadingMore } = useSyncState((state) => state.list);
  const list = useRef<VListHandle>(null);
  if (rows.length === 0 && status === 'loading') return <RowSkeleton rows={7} label="Loading chats" />;
  if (rows.length === 0 && status === 'failed') {
    return <ErrorState title="Your chats could not be loaded" onRetry={() => void client.list.load()} />;
  }
  if (rows.length === 0 && filtered) return <EmptyState icon={SearchX} title="No chat matches" text="Try another name, or look in Contacts." />;
  if (rows.length === 0 && archived) return <EmptyState icon={Archive} title="The archive is empty" />;
  if (rows.length === 0) {
    return <EmptyState icon={MessagesSquare} title="No chats yet" text="Pick somebody under Contacts and say hello." />;
  }
  const onScroll = (offset: number) => {
    const handle = list.current;
    if (handle === null || nextCursor === null) return;
    if (handle.scrollSize - offset - handle.viewportSize < loadMoreWithin) void client.list.loadMore();
  };
  return (
    <VList ref={list} className="pb-3" onScroll={onScroll}>
      {rows.map(({ replica, pending }) => (
        <ConversationRow key={replica.summary.id} summary={replica.summary} pending={pending} />
      ))}
      {loadingMore ? <RowSkeleton key="more" rows={1} label="Loading more chats" /> : null}
    </VList>
  );
}
