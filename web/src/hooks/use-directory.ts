import { useCallback, useEffect, useRef, useState } from 'react';
import { toApiError } from '@/lib/api-error';
import type { User } from '@/lib/wire';
import { listUsers } from '@/lib/list-users';

export interface Directory {
  status: 'loading' | 'ready' | 'failed';
  users: readonly User[];
  hasMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

interface Loaded {
  q: string;
  status: Directory['status'];
  users: readonly User[];
  nextCursor: string | null;
}

const typingPause = 200;

/** The directory filtered by `q`, page by page. */
export function useDirectory(q: string): Directory {
  const [loaded, setLoaded] = useState<Loaded>({ q, status: 'loading', users: [], nextCursor: null });
  const [attempt, setAttempt] = useState(0);
  const more = useRef<AbortController | null>(null);

  useEffect(() => {
    const controller = new AbortController();
    const load = async () => {
      setLoaded((before) => (before.status === 'failed' ? { ...before, status: 'loading' } : before));
      try {
        const page = await listUsers(q, null, controller.signal);
        setLoaded({ q, status: 'ready', ...page });
      } catch (error) {
        if (toApiError(error).kind !== 'cancelled') setLoaded({ q, status: 'failed', users: [], nextCursor: null });
      }
    };
    const timer = setTimeout(() => void load(), q === '' ? 0 : typingPause);
    return () => {
      clearTimeout(timer);
      controller.abort();
      more.current?.abort();
      more.current = null;
    };
  }, [q, attempt]);

  const { nextCursor } = loaded;
  const loadMore = useCallback(() => {
    if (nextCursor === null || more.current !== null) return;
    const controller = new AbortController();
    more.current = controller;
    listUsers(q, nextCursor, controller.signal)
      .then((page) => setLoaded((before) => ({ ...before, users: [...before.users, ...page.users], nextCursor: page.nextCursor })))
      .catch(() => undefined)
      .finally(() => {
        if (more.current === controller) more.current = null;
      });
  }, [q, nextCursor]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  return { status: loaded.status, users: loaded.users, hasMore: nextCursor !== null, loadMore, retry };
}
