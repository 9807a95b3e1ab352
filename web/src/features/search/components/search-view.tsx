import { MessageSquareText } from 'lucide-react';
import { EmptyState } from '@/components/ui/empty-state';
import { SearchField } from '@/components/ui/search-field';
import { messageQuery, narrowing } from '../filters';
import { moveFocus } from '../move-focus';
import { useFilters } from '../use-filters';
import { FoundMessages } from './found-messages';
import { FoundNames } from './found-names';
import { SearchFilters } from './search-filters';

interface SearchViewProps {
  /** The conversation to look through; null looks through everything. */
  conversationId: string | null;
}

/** Of words that the server takes. */
const longest = 200;

export function SearchView({ conversationId }: SearchViewProps) {
  const [filters, change] = useFilters();
  const query = messageQuery(filters, conversationId);
  const named = conversationId === null && filters.q.trim() !== '' && narrowing(filters) === 0;
  return (
    // The keys come from the field and the results in it, which have the focus.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={moveFocus}>
      <div className="sticky top-0 z-10 space-y-2 border-b border-base-300/70 bg-base-100 p-4">
        <SearchField
          label={conversationId === null ? 'Search people, chats and messages' : 'Search messages'}
          value={filters.q}
          maxLength={longest}
          autoFocus
          onChange={(q) => change({ q })}
        />
        <SearchFilters filters={filters} conversationId={conversationId} onChange={change} />
      </div>
      {named && <FoundNames q={filters.q.trim()} />}
      {query === null ? (
        <EmptyState icon={MessageSquareText} title="What are you looking for?" text="Type words, or choose who wrote it or what is in it." />
      ) : (
        <FoundMessages query={query} titled={conversationId === null} />
      )}
    </div>
  );
}
