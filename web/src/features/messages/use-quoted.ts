import { useEffect, useState } from 'react';
import { toApiError } from '@/lib/api-error';
import type { Message } from '@/lib/wire';
import { fetchMessage } from './api/fetch-message';
import { useChat } from './chat-context';

/** The message that another one answers; null while it is on its way, `gone` if it can't be had. */
export function useQuoted(messageId: string): Message | 'gone' | null {
  const { conversation, loaded } = useChat();
  const there = loaded.get(messageId);
  const [fetched, setFetched] = useState<Message | 'gone' | null>(null);
  const wanted = there === undefined;
  useEffect(() => {
    if (!wanted) return undefined;
    const controller = new AbortController();
    fetchMessage(conversation.id, messageId, controller.signal)
      .then(setFetched)
      .catch((error: unknown) => {
        if (toApiError(error).kind !== 'cancelled') setFetched('gone');
      });
    return () => controller.abort();
  }, [wanted, conversation.id, messageId]);
  return there ?? fetched;
}
