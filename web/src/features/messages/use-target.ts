import { useCallback, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useSyncClient } from '@/hooks/sync-context';
import { toApiError } from '@/lib/api-error';
import { toast } from '@/lib/toasts';

/** Where the list is to go: a message by its id, or the first unread one by the seq before it. */
export type Target = { messageId: string } | { unreadAfter: number };

interface TargetState {
  target: Target | null;
  /** The message that is shown as the one looked for, for a moment. */
  highlighted: string | null;
  go: (target: Target) => void;
  /** The list is there. */
  arrived: () => void;
}

const highlightFor = 2_500;

/** Takes the list of messages to one of them; the address can name it, as in `?m=<id>`. */
export function useTarget(conversationId: string): TargetState {
  const client = useSyncClient();
  const [params, setParams] = useSearchParams();
  const named = params.get('m');
  const [target, setTarget] = useState<Target | null>(named === null ? null : { messageId: named });
  const [highlighted, setHighlighted] = useState<string | null>(null);

  const load = useCallback(
    (next: Target) => {
      client.history.loadAround(conversationId, 'messageId' in next ? next.messageId : next.unreadAfter + 1).catch((error: unknown) => {
        setTarget(null);
        toast('error', toApiError(error).status === 404 ? 'That message is not there any more.' : 'The message could not be loaded.');
      });
    },
    [client, conversationId],
  );
  const go = useCallback(
    (next: Target) => {
      setTarget(next);
      load(next);
    },
    [load],
  );
  const [known, setKnown] = useState(named);
  if (known !== named) {
    setKnown(named);
    if (named !== null) setTarget({ messageId: named });
  }
  useEffect(() => {
    if (named === null) return;
    load({ messageId: named });
    // Taken from the address, so that the same link works again.
    setParams(withoutMessage, { replace: true });
  }, [named, load, setParams]);
  useEffect(() => {
    if (highlighted === null) return undefined;
    const timer = setTimeout(() => setHighlighted(null), highlightFor);
    return () => clearTimeout(timer);
  }, [highlighted]);
  const arrived = useCallback(() => {
    setHighlighted(target !== null && 'messageId' in target ? target.messageId : null);
    setTarget(null);
  }, [target]);
  return { target, highlighted, go, arrived };
}

function withoutMessage(params: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(params);
  rest.delete('m');
  return rest;
}
