import { clsx } from 'clsx';
import { memo } from 'react';
import { NavLink } from 'react-router';
import { PersonAvatar } from '@/components/person-avatar';
import { useNow } from '@/hooks/use-now';
import { useSyncState } from '@/hooks/sync-context';
import { avatarOf, peerOf, titleOf } from '@/lib/conversation';
import { formatShort } from '@/lib/format-time';
import type { Conversation } from '@/lib/wire';
import type { PendingMessage } from '@/sync/outbox';
import { previewOf } from '../preview';

interface ConversationRowProps {
  summary: Conversation;
  pending: PendingMessage | null;
}

export const ConversationRow = memo(function ConversationRow({ summary, pending }: ConversationRowProps) {
  const self = useSyncState((state) => state.self);
  const typing = useSyncState((state) => state.typing.has(summary.id));
  const now = useNow(60_000);
  const title = titleOf(summary, self);
  const time = pending?.createdAt ?? summary.lastMessage?.createdAt ?? null;
  const unread = summary.unread > 0;
  return (
    <NavLink
      to={`/c/${summary.id}`}
      className={({ isActive }) =>
        clsx('mx-2 flex items-center gap-3 rounded-box px-3 py-2.5 transition-colors', isActive ? 'bg-primary/10' : 'hover:bg-base-200')
      }
    >
      <PersonAvatar userId={peerOf(summary, self)?.userId ?? null} name={title} url={avatarOf(summary, self)} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className={clsx('flex-1 truncate', unread ? 'font-semibold' : 'font-medium')}>{title}</span>
          {time !== null && (
            <time dateTime={time} className={clsx('shrink-0 text-xs', unread ? 'font-medium text-primary' : 'text-muted')}>
              {formatShort(time, now)}
            </time>
          )}
        </span>
        <span className="mt-0.5 flex items-center gap-2">
          <span className={clsx('flex-1 truncate text-sm', typing ? 'text-primary' : unread ? 'text-base-content/90' : 'text-muted')}>
            {typing ? 'typing…' : previewOf(summary, pending, self)}
          </span>
          {unread && <UnreadBadge count={summary.unread} />}
        </span>
      </span>
    </NavLink>
  );
});

function UnreadBadge({ count }: { count: number }) {
  return (
    <span
      aria-label={`${count} unread`}
      className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-primary px-1.5 text-2xs font-semibold text-primary-content tabular-nums"
    >
      {count > 99 ? '99+' : count}
    </span>
  );
}
