import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { useNow } from '@/hooks/use-now';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { windowHasFocus } from '@/hooks/use-window-focus';
import { isMuted, titleOf } from '@/lib/conversation';
import { usePreferences } from '@/lib/preferences';
import type { Message } from '@/lib/wire';
import type { SyncState } from '@/sync/state';
import { mentionsUser } from '@/sync/summary';
import { noticeText } from '../notice-text';
import { playSound } from '../play-sound';
import { showNotice } from '../show-notice';
import { titleWith, unreadTotal } from '../unread-total';
import { usePageName } from '../use-page-name';

const oncePerTabs = 3_000;

/** Tells of new messages: in the page's title and icon, by a sound, and by notifications of the system. Shows nothing itself. */
export function Notifications() {
  const now = useNow(60_000);
  const unread = useSyncState((state) => unreadTotal(state, now));
  const page = usePageName();
  useEffect(() => badge(unread, page), [unread, page]);
  useEffect(() => () => badge(0, null), []);
  useIncoming();
  return null;
}

function badge(unread: number, page: string | null): void {
  document.title = titleWith(unread, page);
  document.querySelector('link[rel="icon"]')?.setAttribute('href', unread > 0 ? '/favicon-unread.svg' : '/favicon.svg');
}

function useIncoming(): void {
  const client = useSyncClient();
  const navigate = useNavigate();
  const openId = useOpenConversation();
  useEffect(
    () =>
      client.onIncoming((message) => {
        const watching = message.conversationId === openId && windowHasFocus();
        if (watching || !isTold(client.store.getState(), message)) return;
        void oncePerBrowser(message.id, () => tell(client.store.getState(), message, () => void navigate(`/c/${message.conversationId}`)));
      }),
    [client, navigate, openId],
  );
}

/** Muted chats are silent, but for what names the user. */
function isTold({ conversations, self }: SyncState, message: Message): boolean {
  const summary = conversations.get(message.conversationId)?.summary;
  return summary !== undefined && (!isMuted(summary, Date.now()) || mentionsUser(message, self));
}

async function tell({ conversations, self }: SyncState, message: Message, onOpen: () => void): Promise<void> {
  const { sound, desktop, preview } = usePreferences.getState();
  const summary = conversations.get(message.conversationId)?.summary;
  if (desktop && summary !== undefined) {
    showNotice({
      title: titleOf(summary, self),
      text: noticeText(message, summary, preview),
      icon: '/favicon.svg',
      tag: `parley:${message.conversationId}`,
      onOpen,
    });
  }
  if (sound) await playSound().catch(() => undefined);
}

/** With several tabs open, one of them tells. */
async function oncePerBrowser(messageId: string, job: () => Promise<void>): Promise<void> {
  if (navigator.locks === undefined) {
    await job();
    return;
  }
  await navigator.locks.request(`parley-notice:${messageId}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    await job();
    await new Promise((resolve) => {
      setTimeout(resolve, oncePerTabs);
    });
  });
}
