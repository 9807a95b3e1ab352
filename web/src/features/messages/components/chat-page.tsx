import { ImagePlus, MessageCircleOff } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { titleOf } from '@/lib/conversation';
import type { MessageWindow } from '@/sync/message-window';
import type { Conversation } from '@/lib/wire';
import { buildTimeline } from '../timeline';
import { useFileDrop } from '../use-file-drop';
import { useUploads } from '../use-uploads';
import { ChatHeader } from './chat-header';
import { ChatSkeleton } from './chat-skeleton';
import { Composer } from './composer';
import { MessageList } from './message-list';
import { TypingLine } from './typing-line';

/** One conversation, by the id in the address. */
export function ChatPage() {
  const { conversationId = '' } = useParams();
  const client = useSyncClient();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => client.open(conversationId), [client, conversationId, attempt]);
  const replica = useSyncState((state) => state.conversations.get(conversationId));
  const missing = useSyncState((state) => state.missing.has(conversationId));
  const unreachable = useSyncState((state) => state.unreachable.has(conversationId));
  if (replica === undefined && missing) return <NoSuchChat />;
  if (replica === undefined && unreachable) {
    return <ErrorState title="This chat could not be loaded" onRetry={() => setAttempt((count) => count + 1)} />;
  }
  if (replica === undefined) return <ChatSkeleton />;
  return <Chat key={conversationId} conversation={replica.summary} window={replica.window} />;
}

interface ChatProps {
  conversation: Conversation;
  window: MessageWindow | null;
}

function Chat({ conversation, window }: ChatProps) {
  const self = useSyncState((state) => state.self);
  const pictures = useUploads();
  const { dragging, handlers } = useFileDrop(pictures.add);
  return (
    <section aria-label="Conversation" className="relative flex h-full flex-col bg-canvas" {...handlers}>
      <ChatHeader conversation={conversation} />
      <ChatBody conversation={conversation} window={window} />
      <TypingLine conversation={conversation} />
      <Composer conversationId={conversation.id} to={titleOf(conversation, self)} pictures={pictures} />
      {dragging && <DropHint />}
    </section>
  );
}

function ChatBody({ conversation, window }: ChatProps) {
  const { history } = useSyncClient();
  const self = useSyncState((state) => state.self);
  const pending = useSyncState((state) => state.outbox.items);
  const [unreadAfter] = useState(conversation.unread > 0 ? conversation.readSeq : null);
  const rows = useMemo(
    () =>
      buildTimeline({
        conversation,
        messages: window?.messages ?? [],
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
    <MessageList conversation={conversation} rows={rows} older={window?.older ?? 'idle'} reachesPresent={window?.hasMoreAfter !== true} />
  );
}

function DropHint() {
  return (
    <div className="pointer-events-none absolute inset-3 z-20 flex items-center justify-center rounded-3xl border-2 border-dashed border-primary bg-base-100/90">
      <span className="flex items-center gap-3 text-lg font-medium text-primary">
        <ImagePlus className="size-6" aria-hidden="true" />
        Drop images to send them
      </span>
    </div>
  );
}

function NoSuchChat() {
  return (
    <EmptyState icon={MessageCircleOff} title="There is no such chat" text="It may have been deleted, or the address is wrong.">
      <Link to="/" className="btn btn-sm mt-2">
        Back to chats
      </Link>
    </EmptyState>
  );
}
