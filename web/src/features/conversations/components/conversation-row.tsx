import { clsx } from 'clsx';
import { memo } from 'react';
import { NavLink } from 'react-router';
import { ConversationMenu } from '@/components/conversation-menu';
import { PersonAvatar } from '@/components/person-avatar';
import { useFocusHeir } from '@/hooks/use-focus-heir';
import { useNow } from '@/hooks/use-now';
import { useSyncState } from '@/hooks/sync-context';
import { avatarOf, isMuted, peerOf, titleOf } from '@/lib/conversation';
import { formatShort } from '@/lib/format-time';
import type { Conversation } from '@/lib/wire';
import type { PendingMessage } from '@/sync/outbox';
import { previewOf } from '../preview';
import { RowMarks, UnreadBadges } from './row-marks';

interface ConversationRowProps {
  summary: Conversation;
  pending: PendingMessage | null;
}

export const ConversationRow = memo(function ConversationRow({ summary, pending }: ConversationRowProps) {
  const row = useFocusHeir<HTMLDivElement>();
  const self = useSyncState((state) => state.self);
  const typing = useSyncState((state) => state.typing.has(summary.id));
  const now = useNow(60_000);
  const title = titleOf(summary, self);
  const time = pending?.createdAt ?? summary.lastMessage?.createdAt ?? null;
  const unread = summary.unread > 0 || summary.markedUnread;
  return (
    <div ref={row} className="group relative mx-2">
      <NavLink
        to={`/c/${summary.id}`}
        className={({ isActive }) =>
          clsx('flex items-center gap-3 rounded-box px-3 py-2.5 transition-colors', isActive ? 'bg-primary/10' : 'hover:bg-base-200')
        }
      >
        <PersonAvatar userId={peerOf(summary, self)?.userId ?? null} name={title} url={avatarOf(summary, self)} alone />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className={clsx('min-w-0 truncate', unread ? 'font-semibold' : 'font-medium')}>{title}</span>
            <RowMarks summary={summary} now={now} />
            <span className="flex-1" />
            {time !== null && (
              <time dateTime={time} className={clsx('shrink-0 text-xs group-hover:opacity-0', unread ? 'font-medium text-primary' : 'text-muted')}>
                {formatShort(time, now)}
              </time>
            )}
          </span>
          <span className="mt-0.5 flex items-center gap-2">
            <span className={clsx('flex-1 truncate text-sm', typing ? 'text-primary' : unread ? 'text-base-content/90' : 'text-muted')}>
              {typing ? 'typing…' : previewOf(summary, pending, self)}
            </span>
            <span className="flex gap-2 group-hover:opacity-0">
              <UnreadBadges summary={summary} muted={isMuted(summary, now)} />
            </span>
          </span>
        </span>
      </NavLink>
      {/* Where nothing hovers, the same menu is at the top of the chat. */}
      <span className="absolute top-1/2 right-2 -translate-y-1/2 rounded-full bg-base-100 opacity-0 shadow-sm group-hover:opacity-100 focus-within:opacity-100 has-[[aria-expanded=true]]:opacity-100 [@media(hover:none)]:hidden">
        <ConversationMenu conversation={summary} title={title} />
      </span>
    </div>
  );
});
