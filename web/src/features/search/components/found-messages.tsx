import { clsx } from 'clsx';
import { SearchX } from 'lucide-react';
import { useMemo } from 'react';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { usePages, type LoadPage } from '@/hooks/use-pages';
import { searchMessages, type Found, type MessageQuery } from '../api/search-messages';
import { useSummaries } from '../use-summaries';
import { FoundMessage } from './found-message';
import { FoundSection } from './found-section';

interface FoundMessagesProps {
  query: MessageQuery;
  /** Whether it must be said in which chat each one is. */
  titled: boolean;
}

/** The messages that match, page by page. What an earlier question found stays, paler, until the answer is there. */
export function FoundMessages({ query, titled }: FoundMessagesProps) {
  const { status, items, hasMore, current, loadMore, retry } = usePages(query.q ?? '', useLoad(query));
  const summaryOf = useSummaries(items.map(({ conversationId }) => conversationId));
  if (status === 'loading') return <RowSkeleton rows={6} label="Searching" />;
  if (status === 'failed') return <ErrorState title="The search did not work" onRetry={retry} />;
  const none = items.length === 0 && !hasMore;
  return (
    <div aria-busy={!current} className={clsx('transition-opacity', !current && 'opacity-60')}>
      <p role="status" className="sr-only">
        {current && countOf(items.length, hasMore)}
      </p>
      {none ? (
        <EmptyState icon={SearchX} title="No messages found" text="Words are found from their beginnings. Try fewer of them, or other filters." />
      ) : (
        <FoundSection title="Messages">
          <ul>
            {items.map((found) => (
              <li key={found.message.id}>
                <FoundMessage found={found} summary={summaryOf(found.conversationId)} titled={titled} />
              </li>
            ))}
          </ul>
          {hasMore && (
            <div className="flex flex-col items-center gap-2 py-3">
              {items.length === 0 && <p className="text-sm text-muted">None among the newer ones.</p>}
              <button type="button" data-result className="btn btn-ghost btn-sm" onClick={loadMore}>
                Older messages
              </button>
            </div>
          )}
        </FoundSection>
      )}
    </div>
  );
}

function countOf(count: number, hasMore: boolean): string {
  if (hasMore && count === 0) return 'None found yet, but there are older messages to look through';
  if (hasMore) return `The newest ${count} messages found, and there are more`;
  return count === 1 ? '1 message found' : `${count} messages found`;
}

/** The same function for the same question, as `usePages` needs it. */
function useLoad(query: MessageQuery): LoadPage<Found> {
  const key = JSON.stringify({ ...query, q: '' });
  return useMemo(() => {
    const filters = JSON.parse(key) as MessageQuery;
    return (q, cursor, signal) => searchMessages({ ...filters, q }, cursor, signal);
  }, [key]);
}
