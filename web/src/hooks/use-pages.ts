import { useCallback, useEffect, useRef, useState } from 'react';
import { toApiError } from '@/lib/api-error';

export interface Page<T> {
  items: readonly T[];
  nextCursor: string | null;
}

/** Loads one page of what `q` finds; `cursor` null asks for the first. */
export type LoadPage<T> = (q: string, cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;

export interface Pages<T> {
  status: 'loading' | 'ready' | 'failed';
  items: readonly T[];
  hasMore: boolean;
  /** Whether this is what is asked for now, and not what was asked for before. */
  current: boolean;
  loadMore: () => void;
  retry: () => void;
}

interface Loaded<T> extends Page<T> {
  status: Pages<T>['status'];
  /** What it answers. */
  q: string;
  load: LoadPage<T>;
}

const typingPause = 200;

/** A list filtered by `q`, page by page. It is read anew when `load` or `version` changes, and shown as it was until then. */
export function usePages<T>(q: string, load: LoadPage<T>, version = 0): Pages<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ status: 'loading', items: [], nextCursor: null, q, load });
  const [attempt, setAttempt] = useState(0);
  const more = useRef<AbortController | null>(null);

  useEffect(() => {
    const controller = new AbortController();
    const first = async () => {
      setLoaded((before) => (before.status === 'failed' ? { ...before, status: 'loading' } : before));
      try {
        setLoaded({ status: 'ready', ...(await load(q, null, controller.signal)), q, load });
      } catch (error) {
        if (toApiError(error).kind !== 'cancelled') setLoaded({ status: 'failed', items: [], nextCursor: null, q, load });
      }
    };
    const timer = setTimeout(() => void first(), q === '' ? 0 : typingPause);
    return () => {
      clearTimeout(timer);
      controller.abort();
      more.current?.abort();
      more.current = null;
    };
  }, [q, load, version, attempt]);

  const { nextCursor } = loaded;
  const loadMore = useCallback(() => {
    if (nextCursor === null || more.current !== null) return;
    const controller = new AbortController();
    more.current = controller;
    load(q, nextCursor, controller.signal)
      .then((page) => setLoaded((before) => ({ ...before, items: [...before.items, ...page.items], nextCursor: page.nextCursor })))
      .catch(() => undefined)
      .finally(() => {
        if (more.current === controller) more.current = null;
      });
  }, [q, load, nextCursor]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const current = loaded.q === q && loaded.load === load;
  return { status: loaded.status, items: loaded.items, hasMore: nextCursor !== null, current, loadMore, retry };
}
