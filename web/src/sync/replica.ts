import type { Conversation, ConversationSettings, LogEvent } from '@/lib/wire';
import { applyToWindow, type MessageWindow } from './message-window';
import { applyToSummary, changesDetails, detailsOf, mentionsUser } from './summary';

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
  /** The last applied entry that changed the conversation's details (title, members, …): an older summary must not undo it. */
  revised: number;
  /** The loaded messages; null while nobody looks. */
  window: MessageWindow | null;
}

/** More than this is not kept but fetched again. */
const maxAhead = 500;

export function createReplica(summary: Conversation): Replica {
  return { summary, applied: summary.lastSeq, ahead: [], revised: 0, window: null };
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
  let { summary, window, revised } = replica;
  for (let event = waiting.get(replica.applied + 1); event !== undefined; event = waiting.get(event.seq + 1)) {
    waiting.delete(event.seq);
    applied.push(event);
    summary = applyToSummary(summary, event, self);
    window = window === null ? null : applyToWindow(window, event, nameOfLeaving(replica.summary, event));
    if (changesDetails(event)) revised = event.seq;
  }
  const ahead = [...waiting.values()].toSorted((a, b) => a.seq - b.seq).slice(0, maxAhead);
  return { replica: { summary, window, revised, applied: applied.at(-1)?.seq ?? replica.applied, ahead }, applied };
}

/** Who leaves is not among the members afterwards, but in what was written. */
function nameOfLeaving({ members }: Conversation, event: LogEvent): Record<string, string> {
  const leaving = event.type === 'member.removed' ? members.find(({ userId }) => userId === event.userId) : undefined;
  return leaving === undefined ? {} : { [leaving.userId]: leaving.fullName };
}

/**
 * Takes in the server's summary. It may be older than what has been applied, and its read
 * position older than a local one that is still on its way to the server.
 */
export function mergeSummary(replica: Replica, fresh: Conversation, self: string): Replica {
  const known = replica.summary;
  const head = fresh.lastSeq >= known.lastSeq ? fresh : { ...fresh, ...headOf(known) };
  const newest = fresh.lastSeq >= replica.revised ? head : { ...head, ...detailsOf(known) };
  const readSeq = Math.max(known.readSeq, fresh.readSeq);
  const before = new Map(known.members.map((member) => [member.userId, member]));
  const members = newest.members.map((member) => ({
    ...member,
    readSeq: Math.max(member.readSeq, before.get(member.userId)?.readSeq ?? 0),
    deliveredSeq: Math.max(member.deliveredSeq, before.get(member.userId)?.deliveredSeq ?? 0),
  }));
  // Without loaded messages nothing depends on the entries in between.
  const applied = replica.window === null ? Math.max(replica.applied, newest.lastSeq) : replica.applied;
  const ahead = replica.ahead.filter((event) => event.seq > applied);
  const merged = { ...replica, summary: { ...newest, members }, applied, ahead };
  return readSeq > newest.readSeq ? withRead(merged, readSeq, self) : merged;
}

/** Takes in what the signed-in user has set for the conversation, here or on another device. */
export function withSettings(replica: Replica, { mutedUntil, archived, pinned, markedUnread }: ConversationSettings): Replica {
  return { ...replica, summary: { ...replica.summary, mutedUntil, archived, pinned, markedUnread } };
}

/** Moves the signed-in user's read position forward; unread follows. */
export function markRead(replica: Replica, seq: number, self: string): Replica {
  return seq > replica.summary.readSeq ? withRead(replica, seq, self) : replica;
}

/** Moves another member's read position forward. What they have read has also reached them. */
export function memberRead(replica: Replica, userId: string, seq: number): Replica {
  return withMember(memberDelivered(replica, userId, seq), userId, 'readSeq', seq);
}

/** Moves forward up to where entries have reached another member's devices. */
export function memberDelivered(replica: Replica, userId: string, seq: number): Replica {
  return withMember(replica, userId, 'deliveredSeq', seq);
}

function withMember(replica: Replica, userId: string, position: 'readSeq' | 'deliveredSeq', seq: number): Replica {
  const { members } = replica.summary;
  const index = members.findIndex((member) => member.userId === userId && member[position] < seq);
  const member = members[index];
  if (member === undefined) return replica;
  return { ...replica, summary: { ...replica.summary, members: members.with(index, { ...member, [position]: seq }) } };
}

/** Takes in the read positions of members, by user id; the signed-in user's own among them. */
export function mergeReads(replica: Replica, positions: Readonly<Record<string, number>>, self: string): Replica {
  const read = Object.entries(positions).reduce((merged, [userId, seq]) => memberRead(merged, userId, seq), replica);
  return markRead(read, positions[self] ?? 0, self);
}

/** Takes in up to where entries have reached members, by user id. */
export function mergeDelivered(replica: Replica, positions: Readonly<Record<string, number>>): Replica {
  return Object.entries(positions).reduce((merged, [userId, seq]) => memberDelivered(merged, userId, seq), replica);
}

/** Reading also takes back that the user has marked the conversation as unread. */
function withRead(replica: Replica, readSeq: number, self: string): Replica {
  const counts = countsAfter(replica, readSeq, self);
  return { ...replica, summary: { ...replica.summary, ...counts, readSeq, markedUnread: false } };
}

type Counts = Pick<Conversation, 'unread' | 'mentions'>;

/** Exact where the loaded messages tell, else at most what it was. */
function countsAfter({ summary, window }: Replica, readSeq: number, self: string): Counts {
  if (readSeq >= summary.lastSeq) return { unread: 0, mentions: 0 };
  const countable =
    window?.status === 'ready' &&
    !window.hasMoreAfter &&
    (!window.hasMoreBefore || (window.messages[0]?.seq ?? Infinity) <= readSeq + 1);
  if (!countable) {
    const unread = Math.min(summary.unread, summary.lastSeq - readSeq);
    return { unread, mentions: Math.min(summary.mentions, unread) };
  }
  const unread = window.messages.filter((message) => message.seq > readSeq && message.senderId !== self);
  return { unread: unread.length, mentions: unread.filter((message) => mentionsUser(message, self)).length };
}

function headOf({ lastSeq, lastMessage, lastActivityAt, unread, mentions, readSeq }: Conversation): Partial<Conversation> {
  return { lastSeq, lastMessage, lastActivityAt, unread, mentions, readSeq };
}

/** Whether entries are known to exist that have not been applied and that somebody needs. */
export function isBehind(replica: Replica): boolean {
  return replica.ahead.length > 0 || (replica.window !== null && replica.summary.lastSeq > replica.applied);
}
