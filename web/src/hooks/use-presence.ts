import { useEffect } from 'react';
import type { Presence } from '@/sync/state';
import { useSyncClient, useSyncState } from './sync-context';

/** Whether a user is online, as long as the view shows them; undefined while unknown. */
export function usePresence(userId: string | null): Presence | undefined {
  const client = useSyncClient();
  useEffect(() => (userId === null ? undefined : client.watch(userId)), [client, userId]);
  return useSyncState((state) => (userId === null ? undefined : state.presence.get(userId)));
}
