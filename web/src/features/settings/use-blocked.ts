import { useEffect, useState } from 'react';
import { useBlock } from '@/hooks/use-block';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import type { User } from '@/lib/wire';
import { listBlocked } from './api/list-blocked';

/** Whom the signed-in user has blocked. */
export function useBlockedPeople() {
  const block = useBlock();
  /** Null while loading. */
  const [users, setUsers] = useState<readonly User[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let current = true;
    listBlocked(null)
      .then((page) => {
        if (!current) return;
        setUsers(page.users);
        setCursor(page.nextCursor);
      })
      .catch(() => current && setFailed(true));
    return () => {
      current = false;
    };
  }, [attempt]);

  const reload = () => {
    setFailed(false);
    setAttempt((count) => count + 1);
  };
  const loadMore = () => {
    listBlocked(cursor)
      .then((page) => {
        setUsers((list) => [...(list ?? []), ...page.users]);
        setCursor(page.nextCursor);
      })
      .catch((error: unknown) => toast('error', errorText(error)));
  };
  const unblock = async (userId: string) => {
    setBusy(userId);
    try {
      await block(userId, false);
      setUsers((list) => list?.filter((user) => user.id !== userId) ?? null);
    } catch (error) {
      toast('error', errorText(error));
    } finally {
      setBusy(null);
    }
  };
  return { users, failed, hasMore: cursor !== null, busy, reload, loadMore, unblock };
}
