import { useState } from 'react';
import { useWindowFocus } from '@/hooks/use-window-focus';
import type { Conversation } from '@/lib/wire';

/** Where the unread messages began, and how many they were then. */
export interface UnreadMark {
  after: number;
  count: number;
}

/**
 * The place of the 'new messages' line. It stays where it was when the conversation was opened, however much is read
 * since; what comes while nobody looks gets a line of its own.
 */
export function useUnreadMark({ readSeq, unread }: Conversation): UnreadMark | null {
  const focused = useWindowFocus();
  const [mark, setMark] = useState<UnreadMark | null>(unread > 0 ? { after: readSeq, count: unread } : null);
  if (!focused && unread > 0 && (mark === null || readSeq > mark.after || unread > mark.count)) {
    const next = { after: readSeq, count: unread };
    setMark(next);
    return next;
  }
  return mark;
}
