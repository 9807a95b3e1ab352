import { SearchX, UsersRound } from 'lucide-react';
import { useRef, useState } from 'react';
import { VList, type VListHandle } from 'virtua';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { SearchField } from '@/components/ui/search-field';
import { useDirectory } from '@/hooks/use-directory';
import { useOpenChat } from '@/hooks/use-open-chat';
import type { Pages } from '@/hooks/use-pages';
import { useStill } from '@/hooks/use-still';
import type { User } from '@/lib/wire';
import { ContactRow } from './contact-row';

const loadMoreWithin = 600;

/** Everybody on this server, with a search by name. Choosing one opens the chat with them. */
export function ContactList() {
  const [q, setQ] = useState('');
  const [directory, hold] = useStill(useDirectory(q.trim()));
  return (
    <>
      <div className="px-4 pb-2">
        <SearchField label="Search contacts" value={q} onChange={setQ} />
      </div>
      <section aria-label="Contacts" className="min-h-0 flex-1" onPointerDown={hold}>
        <Found q={q.trim()} {...directory} />
      </section>
    </>
  );
}

function Found({ q, status, items: users, hasMore, loadMore, retry }: Pages<User> & { q: string }) {
  const { openingId, open } = useOpenChat();
  const list = useRef<VListHandle>(null);
  if (status === 'loading') return <RowSkeleton rows={8} label="Loading contacts" />;
  if (status === 'failed') return <ErrorState title="Contacts could not be loaded" onRetry={retry} />;
  if (users.length === 0 && q !== '') return <EmptyState icon={SearchX} title="Nobody found" text={`No name matches “${q}”.`} />;
  if (users.length === 0) {
    return <EmptyState icon={UsersRound} title="Nobody else is here yet" text="As soon as others sign up on this server, you find them here." />;
  }
  const onScroll = (offset: number) => {
    const handle = list.current;
    if (handle !== null && handle.scrollSize - offset - handle.viewportSize < loadMoreWithin) loadMore();
  };
  return (
    <VList ref={list} className="pb-3" onScroll={onScroll}>
      {users.map((user) => (
        <ContactRow key={user.id} user={user} opening={openingId === user.id} onOpen={() => void open(user.id)} />
      ))}
      {hasMore ? <MoreRow key="more" onLoad={loadMore} /> : null}
    </VList>
  );
}

/** For those who come by keyboard, or have a window higher than a page. */
function MoreRow({ onLoad }: { onLoad: () => void }) {
  return (
    <div className="flex justify-center py-3">
      <button type="button" className="btn btn-ghost btn-sm" onClick={onLoad}>
        Load more
      </button>
    </div>
  );
}
