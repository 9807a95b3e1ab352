import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { SyncClient } from '@/sync/client';
import type { SyncState } from '@/sync/state';

export const SyncContext = createContext<SyncClient | null>(null);

/** The sync core. Only for views behind sign-in. */
export function useSyncClient(): SyncClient {
  const client = use(SyncContext);
  if (client === null) throw new Error('No sync core is running.');
  return client;
}

/** A part of the sync core's state; `select` must return the same object while nothing changed. */
export function useSyncState<T>(select: (state: SyncState) => T): T {
  return useStore(useSyncClient().store, select);
}
