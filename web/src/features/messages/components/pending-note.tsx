import { useNow } from '@/hooks/use-now';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import type { TimelineMessage } from '../timeline';

/** Below an unsent message: why it waits, or what can be done about it. */
export function PendingNote({ message }: { message: TimelineMessage }) {
  if (message.delivery === 'failed') return <FailedNote message={message} />;
  return message.delivery === 'queued' ? <RateLimitNote /> : null;
}

function FailedNote({ message }: { message: TimelineMessage }) {
  const { outbox } = useSyncClient();
  return (
    <div role="alert" className="mt-1 flex flex-wrap items-center justify-end gap-x-2 text-xs text-error">
      <span>Not sent. {message.failure}</span>
      {!message.forbidden && (
        <button type="button" className="btn btn-ghost btn-xs" onClick={() => void outbox.retry(message.clientId)}>
          Retry
        </button>
      )}
      <button type="button" className="btn btn-ghost btn-xs" onClick={() => void outbox.discard(message.clientId)}>
        Delete
      </button>
    </div>
  );
}

function RateLimitNote() {
  const until = useSyncState(({ outbox }) => (outbox.pausedBy === 'rate-limit' ? outbox.pausedUntil : null));
  const now = useNow(1_000);
  if (until === null) return null;
  return (
    <span className="mt-1 px-1 text-xs text-muted tabular-nums">
      Sending in {Math.max(1, Math.ceil((until - now) / 1_000))} s
    </span>
  );
}
