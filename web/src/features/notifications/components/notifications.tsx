import { useEffect } from 'react';
import { useMatch } from 'react-router';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { windowHasFocus } from '@/hooks/use-window-focus';
import { usePreferences } from '@/lib/preferences';
import type { Message } from '@/lib/wire';
import type { SyncState } from '@/sync/state';
import { playSound } from '../play-sound';

const oncePerTabs = 3_000;

/** Tells of new messages: in the page's title, and by a sound. Shows nothing itself. */
export function Notifications() {
  const unread = useSyncState(totalUnread);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread > 99 ? '99+' : unread}) Parley` : 'Parley';
  }, [unread]);
  useEffect(
    () => () => {
      document.title = 'Parley';
    },
    [],
  );
  useIncomingSound();
  return null;
}

function useIncomingSound(): void {
  const client = useSyncClient();
  const sound = usePreferences((preferences) => preferences.sound);
  const openId = useMatch('/c/:conversationId')?.params.conversationId ?? null;
  useEffect(() => {
    if (!sound) return undefined;
    return client.onIncoming((message) => {
      const watching = message.conversationId === openId && windowHasFocus();
      if (!watching && !isMuted(client.store.getState(), message)) void playOnce(message.id);
    });
  }, [client, sound, openId]);
}

/** With several tabs open, one of them plays. */
async function playOnce(messageId: string): Promise<void> {
  const play = () => playSound().catch(() => undefined);
  if (navigator.locks === undefined) {
    await play();
    return;
  }
  await navigator.locks.request(`parley-sound:${messageId}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    await play();
    await new Promise((resolve) => {
      setTimeout(resolve, oncePerTabs);
    });
  });
}

function isMuted({ conversations }: SyncState, { conversationId }: Message): boolean {
  const until = conversations.get(conversationId)?.summary.mutedUntil ?? null;
  return until !== null && Date.parse(until) > Date.now();
}

function totalUnread({ conversations }: SyncState): number {
  let total = 0;
  for (const { summary } of conversations.values()) total += summary.unread;
  return total;
}
