import { useLocation } from 'react-router';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { useSyncState } from '@/hooks/sync-context';
import { titleOf } from '@/lib/conversation';

const pages: Readonly<Record<string, string>> = { '/contacts': 'Contacts', '/search': 'Search', '/settings': 'Settings', '/join': 'Invite' };

/** What the page is called: as the open chat, if one is; null for the list. */
export function usePageName(): string | null {
  const { pathname } = useLocation();
  const openId = useOpenConversation();
  const title = useSyncState(({ conversations, self }) => {
    const summary = openId === null ? undefined : conversations.get(openId)?.summary;
    return summary === undefined ? null : titleOf(summary, self);
  });
  return title ?? pages[pathname] ?? null;
}
