import { clsx } from 'clsx';
import { MessageCircleOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link, Outlet, useMatch, useParams } from 'react-router';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { Chat } from './chat';
import { ChatSkeleton } from './chat-skeleton';

/** One conversation, by the id in the address, and beside it what the address names further: a panel. */
export function ChatPage() {
  const { conversationId = '' } = useParams();
  const client = useSyncClient();
  const beside = useMatch('/c/:conversationId') === null;
  const [attempt, setAttempt] = useState(0);
  useEffect(() => client.open(conversationId), [client, conversationId, attempt]);
  const replica = useSyncState((state) => state.conversations.get(conversationId));
  const missing = useSyncState((state) => state.missing.has(conversationId));
  const unreachable = useSyncState((state) => state.unreachable.has(conversationId));
  if (replica === undefined && missing) return <NoSuchChat />;
  if (replica === undefined && unreachable) {
    return <ErrorState page title="This chat could not be loaded" onRetry={() => setAttempt((count) => count + 1)} />;
  }
  if (replica === undefined) return <ChatSkeleton />;
  return (
    <div className="flex h-full">
      <div className={clsx('h-full min-w-0 flex-1', beside && 'hidden xl:block')}>
        <Chat key={conversationId} conversation={replica.summary} window={replica.window} />
      </div>
      <Outlet />
    </div>
  );
}

function NoSuchChat() {
  return (
    <EmptyState page icon={MessageCircleOff} title="There is no such chat" text="It may have ended, you may have been taken out of it, or the address is wrong.">
      <Link to="/" className="btn btn-sm mt-2">
        Back to chats
      </Link>
    </EmptyState>
  );
}
