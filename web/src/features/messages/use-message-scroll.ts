import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';
import { useSyncClient } from '@/hooks/sync-context';
import { useWindowFocus } from '@/hooks/use-window-focus';
import type { TimelineRow } from './timeline';
import type { Target, useTarget } from './use-target';

const bottomWithin = 48;
const loadWithin = 800;

interface MessageScroll {
  scroller: RefObject<HTMLDivElement | null>;
  list: RefObject<VirtualizerHandle | null>;
  /** To be set while rows come in at the top, so that what is in view stays. */
  shift: boolean;
  atBottom: boolean;
  /** Whether the first unread message is still to be seen, further up. */
  unreadAbove: boolean;
  onScroll: () => void;
  /** The view or its rows have got their sizes. */
  onResize: () => void;
  toBottom: () => void;
}

interface View {
  rows: readonly TimelineRow[];
  /** Whether the rows go on to the newest message. */
  reachesPresent: boolean;
  unreadAfter: number | null;
  place: Place;
}

type Place = Pick<ReturnType<typeof useTarget>, 'target' | 'arrived'>;

/**
 * How a conversation scrolls: it sticks to its end while the user is there, loads older messages
 * and newer messages before they are needed, and reports what has been seen in a focused window as read. The rows reach the
 * present unless somebody has gone far back: then the way to the end begins with loading it.
 */
export function useMessageScroll(conversationId: string, { rows, reachesPresent, unreadAfter, place }: View): MessageScroll {
  const { target } = place;
  const client = useSyncClient();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const settled = useRef(false);
  const [atBottom, setAtBottom] = useState(true);
  const stick = useRef(true);
  const wantsPresent = useRef(false);
  const focused = useWindowFocus();
  const known = useRef(unsentKeys(rows));
  const { unreadAbove, look } = useUnreadAbove(rows, unreadAfter);

  const toBottom = useCallback(() => {
    if (!reachesPresent && !wantsPresent.current) void client.history.loadLatest(conversationId);
    wantsPresent.current = !reachesPresent;
    stick.current = true;
    setAtBottom(true);
    list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
  }, [client, conversationId, reachesPresent, rows.length]);

  useLayoutEffect(() => {
    const unsent = unsentKeys(rows);
    const sentOne = unsent.some((key) => !known.current.includes(key));
    known.current = unsent;
    if (target !== null) stick.current = wantsPresent.current = false;
    else if (stick.current || sentOne) toBottom();
  }, [rows, toBottom, target]);
  useArrival(rows, place, list);

  const report = useCallback(() => {
    const [handle, element] = [list.current, scroller.current];
    if (handle === null || element === null || !focused || !settled.current) return;
    // On its way to the end nothing has been looked at yet.
    if (stick.current && distanceToEnd(element) > bottomWithin) return;
    const seq = lastSeenOfOthers(rows, handle);
    if (seq > 0) client.read(conversationId, seq);
    look(handle);
    if (handle.scrollOffset < loadWithin) void client.history.loadOlder(conversationId);
    if (distanceToEnd(element) < loadWithin) void client.history.loadNewer(conversationId);
  }, [client, conversationId, focused, rows, look]);

  useSettling(settled, report);
  useStickOnResize(scroller, stick, toBottom);
  const scrolledUp = useScrolledUp(scroller);
  const onScroll = () => {
    const element = scroller.current;
    if (element === null) return;
    const up = scrolledUp();
    if (distanceToEnd(element) <= bottomWithin) stick.current = wantsPresent.current || reachesPresent;
    else if (up) stick.current = wantsPresent.current;
    setAtBottom(stick.current);
    report();
  };
  const onResize = () => {
    if (stick.current && scroller.current !== null && distanceToEnd(scroller.current) > bottomWithin) toBottom();
    report();
  };
  return { scroller, list, shift: usePrepended(rows), atBottom, unreadAbove, onScroll, onResize, toBottom };
}

/**
 * Reports once the list has its place. Its rows get their heights within the first frame: before, even a long list may seem to
 * be no higher than the view, and to be seen from its first row to its last.
 */
function useSettling(settled: RefObject<boolean>, report: () => void): void {
  useEffect(() => {
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        settled.current = true;
        report();
      });
    });
    return () => cancelAnimationFrame(frame);
  }, [settled, report]);
}

/** Goes to the row that is looked for, as soon as it is there. */
function useArrival(rows: readonly TimelineRow[], { target, arrived }: Place, list: RefObject<VirtualizerHandle | null>): void {
  useLayoutEffect(() => {
    const index = target === null ? -1 : rows.findIndex((row) => isAt(row, target));
    if (index === -1) return;
    list.current?.scrollToIndex(index, { align: 'center' });
    arrived();
  }, [rows, target, arrived, list]);
}

function isAt(row: TimelineRow, target: Target): boolean {
  return 'messageId' in target ? row.kind === 'message' && row.message.log?.id === target.messageId : row.kind === 'unread';
}

/** Whether the first unread message is above all that has been looked at; what was seen once is no more news. */
function useUnreadAbove(rows: readonly TimelineRow[], unreadAfter: number | null) {
  const [seen, setSeen] = useState<number | null>(null);
  const [above, setAbove] = useState(false);
  const look = useCallback(
    (handle: VirtualizerHandle) => {
      const index = rows.findIndex(({ kind }) => kind === 'unread');
      const top = handle.findItemIndex(handle.scrollOffset);
      if (index >= top) setSeen(unreadAfter);
      setAbove(index < top);
    },
    [rows, unreadAfter],
  );
  return { unreadAbove: above && unreadAfter !== null && seen !== unreadAfter, look };
}

/** As the page has it now: the list hears of a new size later than of the scrolling that comes with it. */
function distanceToEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number {
  return scrollHeight - scrollTop - clientHeight;
}

/** Tells of each scrolling whether the user went up: one that came with a new size of the view was none of theirs. */
function useScrolledUp(scroller: RefObject<HTMLElement | null>): () => boolean {
  const last = useRef({ top: 0, height: 0 });
  return () => {
    const before = last.current;
    const { scrollTop: top = 0, clientHeight: height = 0 } = scroller.current ?? {};
    last.current = { top, height };
    return top < before.top && height === before.height;
  };
}

/** The keyboard of a phone, or a growing composer, must not cover the newest message. */
function useStickOnResize(scroller: RefObject<HTMLElement | null>, stick: RefObject<boolean>, toBottom: () => void): void {
  useEffect(() => {
    if (scroller.current === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (stick.current) toBottom();
    });
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [scroller, stick, toBottom]);
}

/** Whether the newest change of the rows was at their top. */
function usePrepended(rows: readonly TimelineRow[]): boolean {
  const first = rows.find((row) => row.kind === 'message')?.key;
  const last = rows.at(-1)?.key;
  const [edges, setEdges] = useState({ first, last, prepended: false });
  if (edges.first === first && edges.last === last) return edges.prepended;
  // Where all rows are others, nothing in view is there to stay.
  const prepended = edges.first !== undefined && edges.first !== first && rows.some((row) => row.key === edges.first);
  const next = { first, last, prepended };
  setEdges(next);
  return next.prepended;
}

/**
 * What is on its way: a new one has just been sent here. Own messages that the log has say nothing about that: they come and go
 * with the pages that are loaded and let go.
 */
function unsentKeys(rows: readonly TimelineRow[]): string[] {
  return rows.filter((row) => row.kind === 'message' && row.message.log === null).map(({ key }) => key);
}

/** The seq of the lowest message of others in view, 0 for none. Own messages need no reading. */
function lastSeenOfOthers(rows: readonly TimelineRow[], handle: VirtualizerHandle): number {
  const bottom = handle.findItemIndex(handle.scrollOffset + handle.viewportSize - bottomWithin / 2);
  for (let index = Math.min(bottom, rows.length - 1); index >= 0; index--) {
    const row = rows[index];
    if (row?.kind === 'message' && !row.message.own) return row.message.seq ?? 0;
  }
  return 0;
}
