import { clsx } from 'clsx';
import { Avatar } from '@/components/ui/avatar';
import { formatClock, formatFull } from '@/lib/format-time';
import type { Attachment, Member } from '@/lib/wire';
import type { TimelineMessage } from '../timeline';
import { MessageImages } from './message-images';
import { MessageStatus } from './message-status';
import { MessageText } from './message-text';
import { PendingNote } from './pending-note';

interface MessageRowProps {
  message: TimelineMessage;
  first: boolean;
  last: boolean;
  sender: Member | null;
  /** Whether it must be said who wrote it: in groups. */
  named: boolean;
  onOpenImage: (attachments: readonly Attachment[], index: number) => void;
}

export function MessageRow({ message, first, last, sender, named, onOpenImage }: MessageRowProps) {
  const { own } = message;
  const name = own ? 'You' : (sender?.fullName ?? 'Somebody');
  return (
    <article
      aria-label={`${name}, ${formatClock(message.createdAt)}`}
      className={clsx('mx-auto flex w-full max-w-5xl gap-2 px-3 sm:px-6', own ? 'justify-end' : 'justify-start', first ? 'pt-3' : 'pt-0.5', last && 'pb-0.5')}
    >
      {named && !own && (
        <span className="flex w-8 shrink-0 items-end">{last && <Avatar name={name} url={sender?.avatarUrl ?? null} size="sm" />}</span>
      )}
      <div className={clsx('flex max-w-[85%] min-w-0 flex-col sm:max-w-[70%]', own ? 'items-end' : 'items-start')}>
        {named && !own && first && <span className="mb-1 px-3 text-xs font-medium text-muted">{name}</span>}
        <Bubble message={message} first={first} last={last} onOpenImage={onOpenImage} />
        <PendingNote message={message} />
      </div>
    </article>
  );
}

type BubbleProps = Pick<MessageRowProps, 'message' | 'first' | 'last' | 'onOpenImage'>;

function Bubble({ message, first, last, onOpenImage }: BubbleProps) {
  const { own, text, attachments, deleted } = message;
  const bare = text === '' && !deleted;
  return (
    <div
      className={clsx(
        'relative max-w-full rounded-2xl text-[0.9375rem] leading-snug shadow-xs',
        own ? 'bg-bubble-own text-bubble-own-content' : 'bg-bubble text-base-content',
        own && !first && 'rounded-tr-md',
        own && !last && 'rounded-br-md',
        !own && !first && 'rounded-tl-md',
        !own && !last && 'rounded-bl-md',
        message.delivery === 'failed' && 'opacity-70',
      )}
    >
      {attachments.length > 0 && (
        <div className="p-1">
          <MessageImages attachments={attachments} onOpen={(index) => onOpenImage(attachments, index)} />
        </div>
      )}
      {bare ? (
        <span className="absolute right-2.5 bottom-2.5 rounded-full bg-black/55 px-2 py-0.5 text-white">
          <Stamp message={message} />
        </span>
      ) : (
        <div className="flow-root px-3.5 py-2">
          {deleted ? <span className="italic opacity-85">Message deleted</span> : <MessageText text={text} />}
          <span className="float-right mt-1.5 -mb-0.5 ml-3">
            <Stamp message={message} />
          </span>
        </div>
      )}
    </div>
  );
}

function Stamp({ message }: { message: TimelineMessage }) {
  return (
    <span className="flex items-center gap-1 text-2xs tabular-nums select-none">
      {message.edited && !message.deleted && <span className="opacity-85">edited</span>}
      <time dateTime={message.createdAt} title={formatFull(message.createdAt)} className="opacity-85">
        {formatClock(message.createdAt)}
      </time>
      {message.delivery !== null && <MessageStatus delivery={message.delivery} />}
    </span>
  );
}
