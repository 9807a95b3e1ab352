import { useEffect, useState } from 'react';
import { useSyncClient } from '@/hooks/sync-context';
import type { Conversation, Message } from '@/lib/wire';

/** Reads new messages of the open conversation out to screen readers. */
export function NewMessageAnnouncer({ conversation }: { conversation: Conversation }) {
  const client = useSyncClient();
  const [latest, setLatest] = useState<Message | null>(null);
  useEffect(
    () =>
      client.onIncoming((message) => {
        if (message.conversationId === conversation.id) setLatest(message);
      }),
    [client, conversation.id],
  );
  const sender = conversation.members.find((member) => member.userId === latest?.senderId);
  return (
    <div aria-live="polite" className="sr-only">
      {latest !== null && `${sender?.fullName ?? 'Somebody'}: ${latest.text || 'sent a photo'}`}
    </div>
  );
}
