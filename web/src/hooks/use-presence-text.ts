import { formatAgo } from '@/lib/format-time';
import { useNow } from './use-now';
import { usePresence } from './use-presence';

export interface PresenceText {
  online: boolean;
  text: string;
}

const refreshMs = 30_000;

/** Whether a user is there, and otherwise when they were last seen, in words. `lastSeenAt` counts as long as the gateway has said nothing of them. */
export function usePresenceText(userId: string, lastSeenAt: string | null): PresenceText {
  const presence = usePresence(userId);
  const now = useNow(refreshMs);
  if (presence?.online === true) return { online: true, text: presence.away ? 'Away' : 'Online' };
  const seen = presence === undefined ? lastSeenAt : presence.lastSeenAt;
  return { online: false, text: seen === null ? 'Offline' : `Last seen ${formatAgo(seen, now)}` };
}
