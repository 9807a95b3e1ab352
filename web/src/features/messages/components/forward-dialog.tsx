import { useMemo, useState } from 'react';
import { Avatar } from '@/components/ui/avatar';
import { Dialog } from '@/components/ui/dialog';
import { SearchField } from '@/components/ui/search-field';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { avatarOf, titleOf } from '@/lib/conversation';
import { fold } from '@/lib/fold';
import { toast } from '@/lib/toasts';
import type { Conversation, Message } from '@/lib/wire';

/** More than this nobody looks through: the rest is found by typing. */
const shownAtMost = 50;

/** Chooses where a copy of a message goes. It says whose words they are, and goes out as what is written does. */
export function ForwardDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const self = useSyncState((state) => state.self);
  const conversations = useSyncState((state) => state.conversations);
  const [q, setQ] = useState('');
  const found = useMemo(() => {
    const needle = fold(q);
    return [...conversations.values()]
      .map(({ summary }) => summary)
      .filter((summary) => fold(titleOf(summary, self)).includes(needle))
      .toSorted((a, b) => b.lastActivityAt.localeCompare(a.lastActivityAt))
      .slice(0, shownAtMost);
  }, [conversations, self, q]);
  const forward = useForward(message, onClose);
  return (
    <Dialog title="Forward to" onClose={onClose}>
      <SearchField label="Search chats" value={q} onChange={setQ} />
      <ul aria-label="Chats" className="mt-2 h-72 overflow-y-auto">
        {found.map((summary) => (
          <li key={summary.id}>
            <button
              type="button"
              className="flex w-full cursor-pointer items-center gap-3 rounded-box px-2 py-1.5 text-left hover:bg-base-200"
              onClick={() => forward(summary)}
            >
              <Avatar name={titleOf(summary, self)} url={avatarOf(summary, self)} size="sm" />
              <span className="grow truncate">{titleOf(summary, self)}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="py-6 text-center text-sm text-muted">No chat matches “{q}”.</p>}
    </Dialog>
  );
}

function useForward(message: Message, onDone: () => void): (to: Conversation) => void {
  const client = useSyncClient();
  const self = useSyncState((state) => state.self);
  const synced = useSyncState((state) => state.synced);
  return (to) => {
    const { id: messageId, conversationId, text, attachments, senderId, forwardedFrom } = message;
    const forward = { of: { conversationId, messageId }, from: forwardedFrom?.senderId ?? senderId };
    void client.send({ conversationId: to.id, text, attachments, forward });
    const title = titleOf(to, self);
    toast('info', synced && navigator.onLine ? `Forwarding to ${title}.` : `It goes to ${title} as soon as there is a connection.`);
    onDone();
  };
}
