import { useEffect, useState, type ReactNode } from 'react';
import { SyncContext } from '@/hooks/sync-context';
import { openTabChannel } from '@/lib/channel';
import { systemClock } from '@/lib/clock';
import { browserSockets, listenToBrowser } from '@/sync/browser';
import { SyncClient } from '@/sync/client';
import type { OutboxNotice } from '@/sync/outbox';
import { openOutboxStorage } from '@/sync/outbox-storage';
import { locks, startOver } from './session';
import { syncApi } from './sync-api';

interface SyncProviderProps {
  userId: string;
  /** Shown for the moment until the sync core runs. */
  fallback: ReactNode;
  children: ReactNode;
}

/** Runs the sync core of the signed-in user. */
export function SyncProvider({ userId, fallback, children }: SyncProviderProps) {
  const [client, setClient] = useState<SyncClient | null>(null);
  useEffect(() => {
    let stop: (() => void) | null = null;
    let cancelled = false;
    void createClient(userId).then((created) => {
      if (cancelled) {
        created.stop();
        return;
      }
      created.start();
      const deafen = listenToBrowser(created);
      setClient(created);
      stop = () => {
        deafen();
        created.stop();
      };
    });
    return () => {
      cancelled = true;
      stop?.();
      setClient(null);
    };
  }, [userId]);
  return client === null ? fallback : <SyncContext value={client}>{children}</SyncContext>;
}

async function createClient(userId: string): Promise<SyncClient> {
  return new SyncClient({
    self: userId,
    api: syncApi,
    openSocket: browserSockets(window.location),
    storage: await openOutboxStorage(userId),
    locks,
    clock: systemClock,
    random: Math.random,
    tabs: openTabChannel<OutboxNotice>(`parley-outbox-${userId}`),
    onOtherUser: startOver,
  });
}
