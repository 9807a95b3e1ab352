import { ArrowDown, ArrowUp } from 'lucide-react';
import { Virtualizer } from 'virtua';
import { Spinner } from '@/components/ui/spinner';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { useNow } from '@/hooks/use-now';
import type { Conversation } from '@/lib/wire';
import type { MessageWindow } from '@/sync/message-window';
import { moveBetweenMessages } from '../row-keys';
import { imagesOf, type TimelineRow } from '../timeline';
import { useMessageScroll } from '../use-message-scroll';
import { usePicture } from '../use-picture';
import type { useTarget } from '../use-target';
import type { UnreadMark } from '../use-unread-mark';
import { Lightbox } from './lightbox';
import { NewMessageAnnouncer } from './new-message-announcer';
import { TimelineRowView } from './timeline-row';

interface MessageListProps {
  conversation: Conversation;
  rows: readonly TimelineRow[];
  older: MessageWindow['older'];
  reachesPresent: boolean;
  mark: UnreadMark | null;
  place: ReturnType<typeof useTarget>;
}

/**
 * How far beyond the view rows are rendered, in pixels: those that come into it have got their heights by then, and nothing
 * moves. A turn of the wheel, or the key Page Up, goes as far as a view is high.
 */
const measuredAhead = 1_000;

/** The messages of a conversation, newest at the bottom; only what is near the view is in the page. */
export function MessageList({ conversation, rows, older, reachesPresent, mark, place }: MessageListProps) {
  const self = useSyncState((state) => state.self);
  const now = useNow(60_000);
  const { picture, open, close } = usePicture();
  const view = { rows, reachesPresent, unreadAfter: mark?.after ?? null, place };
  const { scroller, list, shift, atBottom, unreadAbove, onScroll, onResize, toBottom } = useMessageScroll(conversation.id, view);
  return (
    <div className="relative min-h-0 flex-1">
      <OlderNote conversationId={conversation.id} older={older} />
      {/* Rows come and go with scrolling, so the log itself is not live; new messages are announced beside it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys go from message to message */}
      <div
        ref={scroller}
        role="log"
        aria-label="Messages"
        aria-live="off"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        tabIndex={0}
        onKeyDown={moveBetweenMessages}
        className="absolute inset-0 flex flex-col overflow-x-hidden overflow-y-auto [overflow-anchor:none] focus-visible:outline-none"
      >
        <div className="grow" />
        <Virtualizer ref={list} scrollRef={scroller} bufferSize={measuredAhead} data={rows} shift={shift} onScroll={onScroll} onResize={onResize}>
          {(row) => (
            <TimelineRowView
              key={row.key}
              row={row}
              conversation={conversation}
              self={self}
              now={now}
              highlighted={place.highlighted}
              onOpenImage={open}
            />
          )}
        </Virtualizer>
      </div>
      {mark !== null && unreadAbove && <UnreadButton count={mark.count} onClick={() => place.go({ unreadAfter: mark.after })} />}
      {!atBottom && <JumpButton unread={conversation.unread} onClick={toBottom} />}
      <NewMessageAnnouncer conversation={conversation} />
      {picture !== null && <Lightbox images={imagesOf(rows)} first={picture} onClose={close} />}
    </div>
  );
}

function OlderNote({ conversationId, older }: { conversationId: string; older: MessageWindow['older'] }) {
  const { history } = useSyncClient();
  if (older === 'idle') return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 top-3 z-10 flex justify-center">
      <div className="pointer-events-auto flex items-center gap-2 rounded-full bg-base-100 px-3 py-1.5 text-sm shadow-md">
        {older === 'loading' ? (
          <Spinner label="Loading earlier messages" small />
        ) : (
          <>
            Earlier messages could not be loaded.
            <button type="button" className="btn btn-ghost btn-xs" onClick={() => void history.loadOlder(conversationId)}>
              Try again
            </button>
          </>
        )}
      </div>
    </div>
  );
}

function UnreadButton({ count, onClick }: { count: number; onClick: () => void }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-3 z-10 flex justify-center">
      <button
        type="button"
        className="btn btn-sm pointer-events-auto h-9 animate-rise gap-2 rounded-full border-base-300 bg-base-100 px-4 text-primary shadow-md"
        aria-label={`${count} new: jump to the first unread message`}
        onClick={onClick}
      >
        <ArrowUp className="size-4" aria-hidden="true" />
        {count} new
      </button>
    </div>
  );
}

function JumpButton({ unread, onClick }: { unread: number; onClick: () => void }) {
  return (
    <button
      type="button"
      className="btn absolute right-4 bottom-3 z-10 h-10 animate-rise gap-2 rounded-full border-base-300 bg-base-100 px-3 shadow-md"
      onClick={onClick}
    >
      {unread > 0 && <span className="text-sm font-medium text-primary">{unread} new</span>}
      <span className="sr-only">Jump to the latest message</span>
      <ArrowDown className="size-4" aria-hidden="true" />
    </button>
  );
}
