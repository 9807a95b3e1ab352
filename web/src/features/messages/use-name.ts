import { useEffect, useState } from 'react';
import { fetchPerson } from '@/lib/fetch-person';
import { useChat } from './chat-context';

/**
 * The name of somebody who may be a stranger to the conversation, such as the author of a forwarded message: a message that
 * comes live names nobody, so theirs is asked for. "Somebody" until it is there, and where it can't be had.
 */
export function useName(userId: string): string {
  const { self, findName } = useChat();
  const known = userId === self ? 'you' : findName(userId);
  const [fetched, setFetched] = useState<string | null>(null);
  const missing = known === undefined;
  useEffect(() => {
    if (!missing) return undefined;
    const asking = new AbortController();
    fetchPerson(userId, asking.signal)
      .then(({ fullName }) => setFetched(fullName))
      .catch(() => undefined);
    return () => asking.abort();
  }, [missing, userId]);
  return known ?? fetched ?? 'Somebody';
}
