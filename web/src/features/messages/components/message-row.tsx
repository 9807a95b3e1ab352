import { clsx } from 'clsx';
import { EllipsisVertical } from 'lucide-react';
import { Avatar } from '@/components/ui/avatar';
import { formatClock } from '@/lib/format-time';
import type { Attachment, Member, Message } from '@/lib/wire';
import { useChat } from '../chat-context';
import type { TimelineMessage } from '../timeline';
import { useMessageMenu } from '../use-message-menu';
import { MessageBubble } from './message-bubble';
import { PendingNote } from './pending-note';
import { Reactions } from './reactions';

interface MessageRowProps {
  message: TimelineMessage;
  first: boolean;
  last: boolean;
  sender: Member | null;
  /** Whether it must be said who wrote it: in groups. */
  named: boolean;
  /** Whether it is the one that was looked for. */
  highlighted: boolean;
  onOpenImage: (image: Attachment) => void;
}

export function MessageRow({ message, first, last, sender, named, highlighted, onOpenImage }: MessageRowProps) {
  const { own, log } = message;
  const handlers = useMessageMenu(log);
  const { nameOf } = useChat();
  const name = own ? 'You' : (sender?.fullName ?? nameOf(message.senderId));
  return (
    <article
      aria-label={`${name}, ${formatClock(message.createdAt)}`}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- arrow keys go from message to message
      tabIndex={-1}
      className={clsx(
        'group mx-auto flex w-full max-w-5xl gap-2 rounded-box px-3 transition-colors duration-500 focus-visible:-outline-offset-2 sm:px-6',
        own ? 'justify-end' : 'justify-start',
        first ? 'pt-3' : 'pt-0.5',
        last && 'pb-0.5',
        highlighted && 'bg-primary/15',
      )}
      {...handlers}
    >
      {named && !own && (
        <span className="flex w-8 shrink-0 items-end">{last && <Avatar name={name} url={sender?.avatarUrl ?? null} size="sm" />}</span>
      )}
      <div className={clsx('flex max-w-[85%] min-w-0 flex-col sm:max-w-[70%]', own ? 'items-end' : 'items-start')}>
        {named && !own && first && <span className="mb-1 px-3 text-xs font-medium text-muted">{name}</span>}
        <div className={clsx('flex max-w-full items-center gap-1', own && 'flex-row-reverse')}>
          <MessageBubble message={message} first={first} last={last} onOpenImage={onOpenImage} />
          {log !== null && <MenuButton message={log} />}
        </div>
        {log !== null && <Reactions message={log} />}
        <PendingNote message={message} />
      </div>
    </article>
  );
}

/** For the mouse; the keyboard opens the same menu on the message itself, a finger by pressing long. */
function MenuButton({ message }: { message: Message }) {
  const { openMenu } = useChat();
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label="Message options"
      title="Message options"
      aria-haspopup="menu"
      className="btn btn-circle btn-ghost btn-sm size-8 shrink-0 text-muted opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100 focus:opacity-100 [@media(hover:none)]:hidden"
      onClick={(event) => openMenu(message, event.currentTarget.getBoundingClientRect())}
    >
      <EllipsisVertical className="size-4" aria-hidden="true" />
    </button>
  );
}
