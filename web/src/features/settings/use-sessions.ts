import { useEffect, useState } from 'react';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import { listSessions, type Session } from './api/list-sessions';
import { revokeSession } from './api/revoke-session';

interface Sessions {
  /** Null while loading. */
  sessions: readonly Session[] | null;
  failed: boolean;
  revoking: string | null;
  reload: () => void;
  revoke: (session: Session) => Promise<void>;
}

export function useSessions(): Sessions {
  const [sessions, setSessions] = useState<readonly Session[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [revoking, setRevoking] = useState<string | null>(null);

  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let current = true;
    listSessions()
      .then((list) => current && setSessions(list.toSorted(currentFirst)))
      .catch(() => current && setFailed(true));
    return () => {
      current = false;
    };
  }, [attempt]);

  const reload = () => {
    setFailed(false);
    setAttempt((count) => count + 1);
  };

  const revoke = async ({ id }: Session) => {
    setRevoking(id);
    try {
      await revokeSession(id);
      setSessions((list) => list?.filter((session) => session.id !== id) ?? null);
    } catch (error) {
      toast('error', errorText(error));
    } finally {
      setRevoking(null);
    }
  };
  return { sessions, failed, revoking, reload, revoke };
}

function currentFirst(a: Session, b: Session): number {
  return Number(b.current) - Number(a.current) || b.lastUsedAt.localeCompare(a.lastUsedAt);
}
