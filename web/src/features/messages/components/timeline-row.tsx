import { Avatar } from '@/components/ui/avatar';
import { avatarOf, titleOf } from '@/lib/conversation';
import { formatDay } from '@/lib/format-time';
import type { Attachment, Conversation } from '@/lib/wire';
import type { TimelineRow } from '../timeline';
import { MessageRow } from './message-row';
import { NoticeRow } from './notice-row';

interface TimelineRowViewProps {
  row: TimelineRow;
  conversation: Conversation;
  self: string;
  now: number;
  /** The id of the message that was looked for. */
  highlighted: string | null;
  onOpenImage: (image: Attachment) => void;
}

export function TimelineRowView({ row, conversation, self, now, highlighted, onOpenImage }: TimelineRowViewProps) {
  switch (row.kind) {
    case 'start':
      return <StartRow title={titleOf(conversation, self)} avatarUrl={avatarOf(conversation, self)} />;
    case 'day':
      return (
        <div className="flex justify-center pt-5 pb-1">
          <span className="rounded-full bg-base-content/7 px-3 py-1 text-xs font-medium text-muted">{formatDay(row.time, now)}</span>
        </div>
      );
    case 'unread':
      return (
        <div role="separator" aria-label="New messages" className="flex items-center gap-3 px-6 pt-4 pb-1 text-xs font-medium text-primary">
          <span className="h-px flex-1 bg-primary/30" />
          New messages
          <span className="h-px flex-1 bg-primary/30" />
        </div>
      );
    case 'notice':
      return <NoticeRow text={row.text} at={row.at} />;
    case 'message':
      return (
        <MessageRow
          message={row.message}
          first={row.first}
          last={row.last}
          sender={row.sender}
          named={conversation.type === 'group'}
          highlighted={highlighted !== null && row.message.log?.id === highlighted}
          onOpenImage={onOpenImage}
        />
      );
  }
}

function StartRow({ title, avatarUrl }: { title: string; avatarUrl: string | null }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 pt-10 pb-4 text-center">
      <Avatar name={title} url={avatarUrl} size="lg" />
      <p className="max-w-full font-semibold wrap-anywhere">{title}</p>
      <p className="text-sm text-muted">This is where your conversation begins.</p>
    </div>
  );
}
