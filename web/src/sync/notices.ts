import type { LogEvent } from '@/lib/wire';

/** An entry that people read as a line between messages: who came, who left, what the group is called now, what was pinned. */
export type Notice = Named<'member.added'> | Named<'member.removed'> | Named<'conversation.updated'> | Named<'message.pinned'>;

/** The one entry of that type, where a member of the union has several. */
type Named<T extends LogEvent['type'], E = LogEvent> = E extends { type: infer U } ? (T extends U ? E & { type: T } : never) : never;

const types: ReadonlySet<string> = new Set<Notice['type']>(['member.added', 'member.removed', 'conversation.updated', 'message.pinned']);

export function isNotice(event: LogEvent): event is Notice {
  return types.has(event.type);
}

/** Both lists as one: ascending by seq, each once. */
export function mergeNotices(notices: readonly Notice[], more: readonly LogEvent[]): readonly Notice[] {
  const fresh = more.filter(isNotice).filter(({ seq }) => !notices.some((known) => known.seq === seq));
  return fresh.length === 0 ? notices : [...notices, ...fresh].toSorted((a, b) => a.seq - b.seq);
}

/** Those that lie in a stretch of messages. What is beyond its edges has a place only when the messages there are loaded. */
export function noticesWithin(notices: readonly Notice[], { messages, hasMoreBefore, hasMoreAfter }: Stretch): readonly Notice[] {
  const from = hasMoreBefore ? (messages[0]?.seq ?? Infinity) : 0;
  const to = hasMoreAfter ? (messages.at(-1)?.seq ?? 0) : Infinity;
  return notices.filter(({ seq }) => seq > from && seq < to);
}

interface Stretch {
  messages: readonly { seq: number }[];
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
}
