import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { Avatar } from '@/components/ui/avatar';
import { Spinner } from '@/components/ui/spinner';
import { useDirectory } from '@/hooks/use-directory';
import { useOpenChat } from '@/hooks/use-open-chat';
import { usePages, type Pages } from '@/hooks/use-pages';
import { useSyncState } from '@/hooks/sync-context';
import { avatarOf, titleOf } from '@/lib/conversation';
import { findConversations } from '../api/find-conversations';
import { FoundSection, resultClass } from './found-section';

/** At first; all that were loaded after that. */
const few = 3;

/** The people and chats of that name. */
export function FoundNames({ q }: { q: string }) {
  const self = useSyncState((state) => state.self);
  const people = useDirectory(q);
  const chats = usePages(q, findConversations);
  const { openingId, open } = useOpenChat();
  return (
    <>
      <Names key={`people ${q}`} title="People" pages={people}>
        {(user) => (
          <button type="button" data-result className={resultClass} aria-busy={openingId === user.id} onClick={() => void open(user.id)}>
            <Avatar name={user.fullName} url={user.avatarUrl} size="sm" />
            <Name name={user.fullName} note={user.bio} />
            {openingId === user.id && <Spinner label="Opening chat" small />}
          </button>
        )}
      </Names>
      <Names key={`chats ${q}`} title="Chats" pages={chats}>
        {(chat) => (
          <Link to={`/c/${chat.id}`} data-result className={resultClass}>
            <Avatar name={titleOf(chat, self)} url={avatarOf(chat, self)} size="sm" />
            <Name name={titleOf(chat, self)} note={chat.type === 'group' ? `${chat.memberCount} members` : ''} />
          </Link>
        )}
      </Names>
    </>
  );
}

interface NamesProps<T> {
  title: string;
  pages: Pages<T>;
  children: (item: T) => ReactNode;
}

function Names<T extends { id: string }>({ title, pages, children }: NamesProps<T>) {
  const [all, setAll] = useState(false);
  const { status, items, hasMore, loadMore, retry } = pages;
  if (status === 'failed') {
    return (
      <FoundSection title={title}>
        <p role="alert" className="flex items-center gap-2 px-3 text-sm text-muted">
          They could not be searched.
          <button type="button" className="btn btn-xs" onClick={retry}>
            Try again
          </button>
        </p>
      </FoundSection>
    );
  }
  if (items.length === 0) return null;
  const more = () => {
    if (all) loadMore();
    setAll(true);
  };
  return (
    <FoundSection title={title}>
      <ul>
        {items.slice(0, all ? undefined : few).map((item) => (
          <li key={item.id}>{children(item)}</li>
        ))}
      </ul>
      {(hasMore || (!all && items.length > few)) && (
        <button type="button" className="btn btn-ghost btn-xs ml-2" onClick={more}>
          Show more
        </button>
      )}
    </FoundSection>
  );
}

function Name({ name, note }: { name: string; note: string }) {
  return (
    <span className="min-w-0 flex-1 self-center">
      <span className="block truncate font-medium">{name}</span>
      {note !== '' && <span className="block truncate text-sm text-muted">{note}</span>}
    </span>
  );
}
