import { isImage } from '@/lib/file-kind';
import { sameDay } from '@/lib/format-time';
import { limits, type Attachment, type Conversation, type Member, type Message } from '@/lib/wire';
import type { Notice } from '@/sync/notices';
import type { PendingMessage } from '@/sync/outbox';
import { namesIn } from './names';
import { groupNotices, noticeLine } from './notice-line';

/** How far an own message has come. */
export type Delivery = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

/** A message as the timeline shows it, whether the server has it yet or not. */
export interface TimelineMessage {
  clientId: string;
  /** Its place in the log; null while it is pending. */
  seq: number | null;
  senderId: string;
  own: boolean;
  text: string;
  attachments: readonly Attachment[];
  /** The id of the message that it answers. */
  replyTo: string | null;
  /** Who wrote it first, if it was forwarded. */
  forwardedFrom: string | null;
  createdAt: string;
  editedAt: string | null;
  deleted: boolean;
  /** The message as the log has it; null while it is pending. */
  log: Message | null;
  /** Null for messages of others. */
  delivery: Delivery | null;
  /** Why the server refused it. */
  failure: string | null;
  /** Trying again would not help. */
  forbidden: boolean;
}

export type TimelineRow =
  | { kind: 'start'; key: string }
  | { kind: 'day'; key: string; time: string }
  | { kind: 'unread'; key: string }
  | { kind: 'notice'; key: string; text: string; at: string }
  | {
      kind: 'message';
      key: string;
      message: TimelineMessage;
      /** Whether it begins or ends a run of messages of one sender. */
      first: boolean;
      last: boolean;
      sender: Member | null;
    };

interface TimelineInput {
  conversation: Conversation;
  messages: readonly Message[];
  /** What else happened among them. */
  notices: readonly Notice[];
  /** The names of those who are members no more. */
  people: Readonly<Record<string, string>>;
  pending: readonly PendingMessage[];
  self: string;
  hasMoreBefore: boolean;
  /** Messages of others above this were unread when the conversation was opened. */
  unreadAfter: number | null;
}

const groupWithin = 5 * 60_000;

/** The rows of a conversation, oldest first: what the log holds, then what is on its way. */
export function buildTimeline(input: TimelineInput): TimelineRow[] {
  const items = withNotices(collect(input), input.notices);
  const unreadAfter = input.unreadAfter !== null && reachesBack(input, input.unreadAfter) ? input.unreadAfter : null;
  const members = new Map(input.conversation.members.map((member) => [member.userId, member]));
  const names = namesIn(input.conversation.members, input.people);
  const nameOf = (id: string) => (id === input.self ? 'You' : names.nameOf(id));
  const rows: TimelineRow[] = input.hasMoreBefore ? [] : [{ kind: 'start', key: 'start' }];
  let unreadShown = unreadAfter === null;
  items.forEach((item, index) => {
    const before = items[index - 1];
    const after = items[index + 1];
    const newDay = before === undefined || !sameDay(before.at, item.at);
    if (newDay) rows.push({ kind: 'day', key: `day-${new Date(item.at).toDateString()}`, time: item.at });
    if (item.message === null) {
      rows.push({ kind: 'notice', key: `notice-${item.notices[0]?.seq}`, text: noticeLine(item.notices, nameOf, input.self), at: item.at });
      return;
    }
    const { message } = item;
    const firstUnread = !unreadShown && !message.own && (message.seq ?? 0) > (unreadAfter ?? 0);
    if (firstUnread) {
      unreadShown = true;
      rows.push({ kind: 'unread', key: 'unread' });
    }
    rows.push({
      kind: 'message',
      key: `${message.senderId}:${message.clientId}`,
      message,
      first: newDay || firstUnread || !belongTogether(before?.message, message),
      last: !belongTogether(message, after?.message),
      sender: members.get(message.senderId) ?? null,
    });
  });
  return rows;
}

type Item = { at: string; message: TimelineMessage; notices: null } | { at: string; message: null; notices: readonly Notice[] };

/** Messages and notices in the order of the log; what is pending comes last. */
function withNotices(messages: readonly TimelineMessage[], notices: readonly Notice[]): Item[] {
  const items: Item[] = [];
  let next = 0;
  const noticesBefore = (seq: number) => {
    const from = next;
    while ((notices[next]?.seq ?? Infinity) < seq) next++;
    items.push(...groupNotices(notices.slice(from, next)).map((group) => ({ at: group[0]?.at ?? '', message: null, notices: group })));
  };
  for (const message of messages) {
    noticesBefore(message.seq ?? Infinity);
    items.push({ at: message.createdAt, message, notices: null });
  }
  noticesBefore(Infinity);
  return items;
}

/** Whether what is loaded begins before the first unread message; else its place is not known. */
function reachesBack({ messages, hasMoreBefore }: TimelineInput, seq: number): boolean {
  return !hasMoreBefore || (messages[0]?.seq ?? Infinity) <= seq + 1;
}

/** The pictures of all messages, oldest first. */
export function imagesOf(rows: readonly TimelineRow[]): Attachment[] {
  return rows.flatMap((row) => (row.kind === 'message' ? row.message.attachments.filter(isImage) : []));
}

function collect({ conversation, messages, pending, self }: TimelineInput): TimelineMessage[] {
  const reached = reachedOthers(conversation, self);
  const confirmed = messages.map((message) => fromLog(message, self, reached));
  const known = new Set(messages.filter((message) => message.senderId === self).map((message) => message.clientId));
  const unsent = pending.filter((item) => item.conversationId === conversation.id && !known.has(item.clientId));
  return [...confirmed, ...unsent.map((item) => fromOutbox(item, self))];
}

function fromLog(message: Message, self: string, reached: Reached): TimelineMessage {
  const own = message.senderId === self;
  return {
    clientId: message.clientId,
    seq: message.seq,
    senderId: message.senderId,
    own,
    text: message.text,
    attachments: message.attachments,
    replyTo: message.replyTo,
    forwardedFrom: message.forwardedFrom?.senderId ?? null,
    createdAt: message.createdAt,
    editedAt: message.editedAt,
    deleted: message.deletedAt !== null,
    log: message,
    delivery: own ? deliveryOf(message.seq, reached) : null,
    failure: null,
    forbidden: false,
  };
}

function fromOutbox(item: PendingMessage, self: string): TimelineMessage {
  return {
    clientId: item.clientId,
    seq: null,
    senderId: self,
    own: true,
    text: item.text,
    attachments: item.attachments,
    replyTo: item.replyTo,
    forwardedFrom: item.forward?.from ?? null,
    createdAt: item.createdAt,
    editedAt: null,
    deleted: false,
    log: null,
    delivery: item.state,
    failure: item.failure,
    forbidden: item.forbidden,
  };
}

/** Up to where everybody else has read, and up to where all has reached them. */
interface Reached {
  read: number;
  delivered: number;
}

function reachedOthers({ members, memberCount }: Conversation, self: string): Reached {
  const others = members.filter((member) => member.userId !== self);
  // Of large groups no account is kept.
  if (others.length === 0 || memberCount > limits.receipts) return { read: 0, delivered: 0 };
  return {
    read: Math.min(...others.map((member) => member.readSeq)),
    delivered: Math.min(...others.map((member) => Math.max(member.readSeq, member.deliveredSeq))),
  };
}

function deliveryOf(seq: number, { read, delivered }: Reached): Delivery {
  if (seq <= read) return 'read';
  return seq <= delivered ? 'delivered' : 'sent';
}

function belongTogether(a: TimelineMessage | null | undefined, b: TimelineMessage | null | undefined): boolean {
  if (!a || !b) return false;
  return (
    a.senderId === b.senderId &&
    sameDay(a.createdAt, b.createdAt) &&
    Date.parse(b.createdAt) - Date.parse(a.createdAt) < groupWithin
  );
}
