import { clsx } from 'clsx';
import { Forward } from 'lucide-react';
import { formatClock, formatDate, formatFull, sameDay } from '@/lib/format-time';
import { isImage } from '@/lib/file-kind';
import type { Attachment } from '@/lib/wire';
import type { TimelineMessage } from '../timeline';
import { useName } from '../use-name';
import { MessageAttachments } from './message-attachments';
import { MessageStatus } from './message-status';
import { MessageText } from './message-text';
import { Quote } from './quote';

interface MessageBubbleProps {
  message: TimelineMessage;
  first: boolean;
  last: boolean;
  onOpenImage: (image: Attachment) => void;
}

/** What was written, and how far it has come. */
export function MessageBubble({ message, first, last, onOpenImage }: MessageBubbleProps) {
  const { own, text, attachments, deleted, replyTo, forwardedFrom } = message;
  // On a picture the time has a ground of its own.
  const bare = text === '' && !deleted && attachments.every(isImage);
  return (
    <div
      className={clsx(
        'relative max-w-full min-w-0 rounded-2xl [@media(pointer:coarse)]:select-none text-[0.9375rem] leading-snug shadow-xs',
        own ? 'bg-bubble-own text-bubble-own-content' : 'bg-bubble text-base-content',
        own && !first && 'rounded-tr-md',
        own && !last && 'rounded-br-md',
        !own && !first && 'rounded-tl-md',
        !own && !last && 'rounded-bl-md',
        message.delivery === 'failed' && 'opacity-90',
      )}
    >
      {forwardedFrom !== null && !deleted && <ForwardedFrom userId={forwardedFrom} />}
      {replyTo !== null && !deleted && (
        <div className="px-1.5 pt-1.5">
          <Quote messageId={replyTo} />
        </div>
      )}
      {attachments.length > 0 && (
        <div className="p-1">
          <MessageAttachments attachments={attachments} onOpenImage={onOpenImage} />
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

function ForwardedFrom({ userId }: { userId: string }) {
  const name = useName(userId);
  return (
    <p className="flex items-center gap-1 px-3.5 pt-1.5 text-xs opacity-85">
      <Forward className="size-3.5" aria-hidden="true" />
      Forwarded from {name}
    </p>
  );
}

function Stamp({ message }: { message: TimelineMessage }) {
  return (
    <span className="flex items-center gap-1 text-2xs tabular-nums select-none">
      {message.editedAt !== null && !message.deleted && (
        <span className="opacity-85" title={`Edited ${formatFull(message.editedAt)}`}>
          edited {sameDay(message.createdAt, message.editedAt) ? formatClock(message.editedAt) : formatDate(message.editedAt)} ·
        </span>
      )}
      <time dateTime={message.createdAt} title={formatFull(message.createdAt)} className="opacity-85">
        {formatClock(message.createdAt)}
      </time>
      {message.delivery !== null && <MessageStatus delivery={message.delivery} />}
    </span>
  );
}
