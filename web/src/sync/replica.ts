import type { Conversation, LogEvent } from '@/lib/wire';
import { applyToWindow, tombstone, type MessageWindow } from './message-window';

/**
 * This client's copy of one conversation: a replica of its log. Entries are applied strictly in
 * seq order; what comes too early waits, what comes again is dropped. All functions here are pure.
 */
export interface Replica {
  /** The conversation as the list shows it. Its `lastSeq` tells which entries it contains. */
  summary: Conversation;
  /** The cursor: every entry up to here has been applied. */
  applied: number;
  /** Entries that came before one that is missing; ascending, all above `applied` + 1. */
  ahead: readonly LogEvent[];
  /** The loaded messages; null while nobody looks. */
  window: MessageWindow | null;
}

/** More than this is not kept but fetched again. */
const maxAhead = 500;

export function createReplica(summary: Conversation): Replica {
  return { summary, applied: summary.lastSeq, ahead: [], window: null };
}

export interface Ingested {
  replica: Replica;
  /** The entries that took effect, in order. */
  applied: readonly LogEvent[];
}

/** Takes in entries in any order and any number of times. `ahead` of the result tells of a gap. */
export function ingest(replica: Replica, events: readonly LogEvent[], self: string): Ingested {
  const waiting = new Map<number, LogEvent>();
  for (const event of [...replica.ahead, ...events]) {
    if (event.seq > replica.applied && !waiting.has(event.seq)) waiting.set(event.seq, event);
  }
  if (waiting.size === 0) return { replica, applied: [] };
  const applied: LogEvent[] = [];
  let { summary, window } = replica;
  for (let event = waiting.get(replica.applied + 1); event !== undefined; event = waiting.get(event.seq + 1)) {
    waiting.delete(event.seq);
    applied.push(event);
    summary = applyToSummary(summary, event, self);
    window = window === null ? null : applyToWindow(window, event);
  }
  const ahead = [...waiting.values()].toSorted((a, b) => a.seq - b.seq).slice(0, maxAhead);
  return { replica: { summary, window, applied: applied.at(-1)?.seq ?? replica.applied, ahead }, applied };
}

/**
 * Takes in the server's summary. It may be older than what has been applied, and its read
 * position older than a local one that is still on its way to the server.
 */
export function mergeSummary(replica: Replica, fresh: Conversation, self: string): Replica {
  const known = replica.summary;
  const newest = fresh.lastSeq >= known.lastSeq ? fresh : { ...fresh, ...headOf(known) };
  const readSeq = Math.max(known.readSeq, fresh.readSeq);
  const before = new Map(known.members.map((member) => [member.userId, member.readSeq]));
  const members = newest.members.map((member) => ({
    ...member,
    readSeq: Math.max(member.readSeq, before.get(member.userId) ?? 0),
  }));
  // Without loaded messages nothing depends on the entries in between.
  const applied = replica.window === null ? Math.max(replica.applied, newest.lastSeq) : replica.applied;
  const ahead = replica.ahead.filter((event) => event.seq > applied);
  const merged = { ...replica, summary: { ...newest, members }, applied, ahead };
  return readSeq > newest.readSeq ? withRead(merged, readSeq, self) : merged;
}

/** Moves the signed-in user's read position forward; unread follows. */
export function markRead(replica: Replica, seq: number, self: string): Replica {
  return seq > replica.summary.readSeq ? withRead(replica, seq, self) : replica;
}

/** Moves another member's read position forward. */
export function memberRead(replica: Replica, userId: string, seq: number): Replica {
  const { members } = replica.summary;
  const index = members.findIndex((member) => member.userId === userId && member.readSeq < seq);
  const member = members[index];
  if (member === undefined) return replica;
  return { ...replica, summary: { ...replica.summary, members: members.with(index, { ...member, readSeq: seq }) } };
}

/** Takes in the read positions of members, by user id; the signed-in user's own among them. */
export function mergeReads(replica: Replica, positions: Readonly<Record<string, number>>, self: string): Replica {
  const read = Object.entries(positions).reduce((merged, [userId, seq]) => memberRead(merged, userId, seq), replica);
  return markRead(read, positions[self] ?? 0, self);
}

function withRead(replica: Replica, readSeq: number, self: string): Replica {
  return { ...replica, summary: { ...replica.summary, readSeq, unread: unreadAfter(replica, readSeq, self) } };
}

function unreadAfter({ summary, window }: Replica, readSeq: number, self: string): number {
  if (readSeq >= summary.lastSeq) return 0;
  const countable = window?.status === 'ready' && (!window.hasMoreBefore || (window.messages[0]?.seq ?? Infinity) <= readSeq + 1);
  if (!countable) return Math.min(summary.unread, summary.lastSeq - readSeq);
  return window.messages.filter((message) => message.seq > readSeq && message.senderId !== self).length;
}

function headOf({ lastSeq, lastMessage, lastActivityAt, unread, readSeq }: Conversation): Partial<Conversation> {
  return { lastSeq, lastMessage, lastActivityAt, unread, readSeq };
}

function applyToSummary(summary: Conversation, event: LogEvent, self: string): Conversation {
  if (event.seq <= summary.lastSeq) return summary;
  const next = { ...summary, lastSeq: event.seq };
  const last = summary.lastMessage;
  switch (event.type) {
    case 'message.created': {
      const { message } = event;
      const unread = message.senderId === self || event.seq <= summary.readSeq ? summary.unread : summary.unread + 1;
      return { ...next, lastMessage: message, lastActivityAt: message.createdAt, unread };
    }
    case 'message.updated':
      return last?.id === event.message.id ? { ...next, lastMessage: event.message } : next;
    case 'message.deleted':
      return last?.id === event.messageId ? { ...next, lastMessage: tombstone(last) } : next;
    default:
      return next;
  }
}

/** Whether entries are known to exist that have not been applied and that somebody needs. */
export function isBehind(replica: Replica): boolean {
  return replica.ahead.length > 0 || (replica.window !== null && replica.summary.lastSeq > replica.applied);
}
