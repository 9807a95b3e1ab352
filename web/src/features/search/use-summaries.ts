import { useEffect, useState } from 'react';
import { useSyncState } from '@/hooks/sync-context';
import type { Conversation } from '@/lib/wire';
import { fetchConversation } from './api/fetch-conversation';

/** Conversations by id: those that the list has loaded, and the others as they are asked for. */
export function useSummaries(ids: readonly string[]): (id: string) => Conversation | null {
  const loaded = useSyncState((state) => state.conversations);
  const [fetched, setFetched] = useState<ReadonlyMap<string, Conversation>>(new Map());
  const missing = [...new Set(ids)].filter((id) => !loaded.has(id) && !fetched.has(id)).join(' ');
  useEffect(() => {
    const controller = new AbortController();
    const fetchAll = async () => {
      const wanted = missing.split(' ').filter((id) => id !== '');
      const answers = await Promise.allSettled(wanted.map((id) => fetchConversation(id, controller.signal)));
      const got = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      if (got.length > 0) setFetched((before) => new Map([...before, ...got.map((summary) => [summary.id, summary] as const)]));
    };
    void fetchAll();
    return () => controller.abort();
  }, [missing]);
  return (id) => loaded.get(id)?.summary ?? fetched.get(id) ?? null;
}
