import { BackToChats } from '@/components/back-to-chats';
import { SearchView } from './search-view';

/** Looks through all that one can see: people, chats and messages. */
export function SearchPage() {
  return (
    <div className="flex h-full flex-col bg-base-100">
      <header className="flex h-16 shrink-0 items-center gap-3 border-b border-base-300/70 px-3 sm:px-6">
        <BackToChats />
        <h1 className="text-lg font-semibold">Search</h1>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-3xl">
          <SearchView conversationId={null} />
        </div>
      </div>
    </div>
  );
}
