import { Link, useMatch, useSearchParams } from 'react-router';
import { Avatar } from '@/components/ui/avatar';
import { useNow } from '@/hooks/use-now';
import { useSyncState } from '@/hooks/sync-context';
import { titleOf } from '@/lib/conversation';
import { describeFiles } from '@/lib/describe-files';
import { formatFull, formatShort } from '@/lib/format-time';
import { mentionParts } from '@/lib/rich-text';
import type { Conversation } from '@/lib/wire';
import type { Found } from '../api/search-messages';
import { excerpt } from '../excerpt';
import { resultClass } from './found-section';

interface FoundMessageProps {
  found: Found;
  /** Null while it is not known. */
  summary: Conversation | null;
  titled: boolean;
}

/** A message that was found: a link to where it stands in its chat. */
export function FoundMessage({ found: { message, highlights }, summary, titled }: FoundMessageProps) {
  const self = useSyncState((state) => state.self);
  const now = useNow(60_000);
  const to = useLinkTo(message.conversationId, message.id);
  const sender = summary?.members.find(({ userId }) => userId === message.senderId);
  const name = message.senderId === self ? 'You' : (sender?.fullName ?? 'Somebody');
  const thumbnail = message.attachments.find(({ thumbnailUrl }) => thumbnailUrl !== '')?.thumbnailUrl;
  const files = message.attachments.length === 0 ? '' : describeFiles(message.attachments);
  return (
    <Link to={to} data-result className={resultClass}>
      <Avatar name={sender?.fullName ?? name} url={sender?.avatarUrl ?? null} size="sm" />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 truncate text-sm">
            <span className="font-medium">{name}</span>
            {titled && summary !== null && <span className="text-muted"> in {titleOf(summary, self)}</span>}
          </span>
          <time dateTime={message.createdAt} title={formatFull(message.createdAt)} className="ml-auto shrink-0 text-xs text-muted">
            {formatShort(message.createdAt, now)}
          </time>
        </span>
        {message.text !== '' && (
          <span className="mt-0.5 line-clamp-3 text-sm break-words">
            {excerpt(message.text, highlights).map(({ text, found }, index) =>
              // oxlint-disable-next-line react/no-array-index-key -- they never change places
              found ? <mark key={index} className="rounded-sm bg-primary/25 text-inherit">{text}</mark> : <span key={index}>{withNames(text, summary)}</span>,
            )}
          </span>
        )}
        {files !== '' && <span className="mt-0.5 block truncate text-sm text-muted">{files}</span>}
      </span>
      {thumbnail !== undefined && <img src={thumbnail} alt="" className="size-11 shrink-0 rounded-lg object-cover" />}
    </Link>
  );
}

/** A text with names in place of the ids that it mentions. */
function withNames(text: string, summary: Conversation | null): string {
  const nameOf = (id: string) => summary?.members.find(({ userId }) => userId === id)?.fullName ?? 'somebody';
  return mentionParts(text)
    .map((part) => (part.kind === 'text' ? part.text : `@${part.kind === 'mention' ? nameOf(part.userId) : 'all'}`))
    .join('');
}

/** Where there is room for both, the panel stays beside the message. */
function useLinkTo(conversationId: string, messageId: string): string {
  const beside = useMatch('/c/:conversationId/search') !== null && window.matchMedia('(min-width: 80rem)').matches;
  const [params] = useSearchParams();
  if (!beside) return `/c/${conversationId}?m=${messageId}`;
  const next = new URLSearchParams(params);
  next.set('m', messageId);
  return `/c/${conversationId}/search?${next.toString()}`;
}
