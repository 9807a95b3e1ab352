import { clsx } from 'clsx';
import { BellOff, Pin } from 'lucide-react';
import { isMuted } from '@/lib/conversation';
import type { Conversation } from '@/lib/wire';

/** What the user has set for the chat, as small signs beside its name. */
export function RowMarks({ summary, now }: { summary: Conversation; now: number }) {
  return (
    <span className="flex shrink-0 gap-1 self-center text-muted">
      {isMuted(summary, now) && <BellOff role="img" aria-label="Muted" className="size-3.5" />}
      {summary.pinned && <Pin role="img" aria-label="Pinned" className="size-3.5" />}
    </span>
  );
}

/** What waits to be read. */
export function UnreadBadges({ summary, muted }: { summary: Conversation; muted: boolean }) {
  const { unread, mentions, markedUnread } = summary;
  return (
    <>
      {mentions > 0 && <Badge label={`${mentions} mentioning you`} text="@" />}
      {unread > 0 && <Badge label={`${unread} unread`} text={unread > 99 ? '99+' : String(unread)} quiet={muted} />}
      {unread === 0 && markedUnread && <Badge label="Marked as unread" text="" quiet={muted} />}
    </>
  );
}

interface BadgeProps {
  label: string;
  text: string;
  quiet?: boolean;
}

function Badge({ label, text, quiet = false }: BadgeProps) {
  return (
    <span
      role="img"
      aria-label={label}
      className={clsx(
        'inline-flex shrink-0 items-center justify-center rounded-full text-2xs font-semibold tabular-nums',
        text === '' ? 'size-3' : 'h-5 min-w-5 px-1.5',
        quiet ? 'bg-base-300 text-base-content' : 'bg-primary text-primary-content',
      )}
    >
      {text}
    </span>
  );
}
