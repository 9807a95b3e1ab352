import { Pin, PinOff } from 'lucide-react';
import { useCallback } from 'react';
import { useNavigate } from 'react-router';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { IconButton } from '@/components/ui/icon-button';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { SidePanel } from '@/components/ui/side-panel';
import { useFocusHeir } from '@/hooks/use-focus-heir';
import { useGoUp } from '@/hooks/use-go-up';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { usePages } from '@/hooks/use-pages';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { errorText } from '@/lib/api-error';
import { formatDate } from '@/lib/format-time';
import { toast } from '@/lib/toasts';
import type { Conversation, Message } from '@/lib/wire';
import { listPins } from '../api/list-pins';
import { namesIn } from '../names';
import { rightsOn } from '../rights';
import { summaryOf } from '../summary-of';

/** `/c/:conversationId/pins`: what members want to find again. */
export function PinsPanel() {
  const id = useOpenConversation() ?? '';
  const conversation = useSyncState((state) => state.conversations.get(id)?.summary);
  const goUp = useGoUp();
  const close = useCallback(() => goUp(`/c/${id}`), [goUp, id]);
  if (conversation === undefined) return null;
  return (
    <SidePanel title="Pinned messages" onClose={close}>
      <Pins conversation={conversation} />
    </SidePanel>
  );
}

function Pins({ conversation }: { conversation: Conversation }) {
  const { id, lastSeq } = conversation;
  const load = useCallback(async (_q: string, _cursor: string | null, signal: AbortSignal) => ({ items: await listPins(id, signal), nextCursor: null }), [id]);
  // Pins are entries of the log: whenever it has grown there may be another one.
  const { status, items, retry } = usePages('', load, lastSeq);
  if (status === 'loading') return <RowSkeleton rows={3} label="Loading pinned messages" />;
  if (status === 'failed') return <ErrorState title="The pinned messages could not be loaded" onRetry={retry} />;
  if (items.length === 0) return <EmptyState icon={Pin} title="Nothing is pinned" text="A message is pinned from its menu." />;
  return (
    <ul aria-label="Pinned messages" className="p-2">
      {items.map((message) => (
        <PinnedMessage key={message.id} message={message} conversation={conversation} />
      ))}
    </ul>
  );
}

function PinnedMessage({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { actions } = useSyncClient();
  const self = useSyncState((state) => state.self);
  const navigate = useNavigate();
  const row = useFocusHeir<HTMLLIElement>();
  const people = useSyncState((state) => state.conversations.get(conversation.id)?.window?.people);
  const { nameOf } = namesIn(conversation.members, people);
  const unpin = () => {
    actions.pin(conversation.id, message.id, false).catch((error: unknown) => toast('error', errorText(error)));
  };
  return (
    <li ref={row} className="flex items-center gap-1">
      <button
        type="button"
        className="min-w-0 flex-1 cursor-pointer rounded-box px-3 py-2 text-left text-sm hover:bg-base-200"
        onClick={() => void navigate(`/c/${conversation.id}?m=${message.id}`)}
      >
        <span className="flex justify-between gap-2">
          <span className="truncate font-medium">{message.senderId === self ? 'You' : nameOf(message.senderId)}</span>
          <span className="shrink-0 text-xs text-muted">{formatDate(message.createdAt)}</span>
        </span>
        <span className="line-clamp-3 wrap-anywhere">{summaryOf(message, nameOf)}</span>
      </button>
      {rightsOn(message, conversation, self).pin && (
        <IconButton label="Unpin" onClick={unpin}>
          <PinOff className="size-4" aria-hidden="true" />
        </IconButton>
      )}
    </li>
  );
}
