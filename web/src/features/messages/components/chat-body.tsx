import { useMemo } from 'react';
import { ErrorState } from '@/components/ui/error-state';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import type { Conversation } from '@/lib/wire';
import type { MessageWindow } from '@/sync/message-window';
import { noticesWithin } from '@/sync/notices';
import { buildTimeline } from '../timeline';
import type { useTarget } from '../use-target';
import { useUnreadMark } from '../use-unread-mark';
import { ChatSkeleton } from './chat-skeleton';
import { MessageList } from './message-list';

interface ChatBodyProps {
  conversation: Conversation;
  window: MessageWindow | null;
  place: ReturnType<typeof useTarget>;
}

/** The messages, or why there are none. */
export function ChatBody({ conversation, window, place }: ChatBodyProps) {
  const { history } = useSyncClient();
  const self = useSyncState((state) => state.self);
  const pending = useSyncState((state) => state.outbox.items);
  const mark = useUnreadMark(conversation);
  const unreadAfter = mark?.after ?? null;
  const rows = useMemo(
    () =>
      buildTimeline({
        conversation,
        messages: window?.messages ?? [],
        notices: window === null ? [] : noticesWithin(window.notices, window),
        people: window?.people ?? {},
        pending,
        self,
        hasMoreBefore: window?.hasMoreBefore ?? true,
        unreadAfter,
      }),
    [conversation, window, pending, self, unreadAfter],
  );
  const empty = window === null || window.messages.length === 0;
  if (empty && window?.status === 'failed') {
    return (
      <div className="min-h-0 flex-1">
        <ErrorState title="The messages could not be loaded" onRetry={() => void history.loadLatest(conversation.id)} />
      </div>
    );
  }
  if (empty && window?.status !== 'ready') return <ChatSkeleton bodyOnly />;
  return (
    <MessageList
      conversation={conversation}
      rows={rows}
      older={window?.older ?? 'idle'}
      reachesPresent={window?.hasMoreAfter !== true}
      mark={mark}
      place={place}
    />
  );
}
