import { sameDay } from '@/lib/format-time';
import type { Attachment, Conversation, Member, Message } from '@/lib/wire';
import type { PendingMessage } from '@/sync/outbox';

/** How far an own message has come. */
export type Delivery = 'queued' | 'sending' | 'sent' | 'read' | 'failed';

/** A message as the timeline shows it, whether the server has it yet or not. */
export interface TimelineMessage {
  clientId: string;
  /** Its place in the log; null while it is pending. */
  seq: number | null;
  senderId: string;
  own: boolean;
  text: string;
  attachments: readonly Attachment[];
  createdAt: string;
  edited: boolean;
  deleted: boolean;
  /** Null for messages of others. */
  delivery: Delivery | null;
  /** Why the server refused it. */
  failure: string | null;
}

export type TimelineRow =
  | { kind: 'start'; key: string }
  | { kind: 'day'; key: string; time: string }
  | { kind: 'unread'; key: string }
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
  pending: readonly PendingMessage[];
  self: string;
  hasMoreBefore: boolean;
  /** Messages of others above this were unread when the conversation was opened. */
  unreadAfter: number | null;
}

const groupWithin = 5 * 60_000;

/** The rows of a conversation, oldest first: what the log holds, then what is on its way. */
export function buildTimeline(input: TimelineInput): TimelineRow[] {
  const messages = collect(input);
  const members = new Map(input.conversation.members.map((member) => [member.userId, member]));
  const rows: TimelineRow[] = input.hasMoreBefore ? [] : [{ kind: 'start', key: 'start' }];
  let unreadShown = input.unreadAfter === null;
  messages.forEach((message, index) => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    const newDay = before === undefined || !sameDay(before.createdAt, message.createdAt);
    if (newDay) rows.push({ kind: 'day', key: `day-${new Date(message.createdAt).toDateString()}`, time: message.createdAt });
    const firstUnread = !unreadShown && !message.own && (message.seq ?? 0) > (input.unreadAfter ?? 0);
    if (firstUnread) {
      unreadShown = true;
      rows.push({ kind: 'unread', key: 'unread' });
    }
    rows.push({
      kind: 'message',
      key: `${message.senderId}:${message.clientId}`,
      message,
      first: newDay || firstUnread || !belongTogether(before, message),
      last: !belongTogether(message, after),
      sender: members.get(message.senderId) ?? null,
    });
  });
  return rows;
}

function collect({ conversation, messages, pending, self }: TimelineInput): TimelineMessage[] {
  const readUpTo = readByOthers(conversation, self);
  const confirmed = messages.map((message) => fromLog(message, self, readUpTo));
  const known = new Set(messages.filter((message) => message.senderId === self).map((message) => message.clientId));
  const unsent = pending.filter((item) => item.conversationId === conversation.id && !known.has(item.clientId));
  return [...confirmed, ...unsent.map((item) => fromOutbox(item, self))];
}

function fromLog(message: Message, self: string, readUpTo: number): TimelineMessage {
  const own = message.senderId === self;
  return {
    clientId: message.clientId,
    seq: message.seq,
    senderId: message.senderId,
    own,
    text: message.text,
    attachments: message.attachments,
    createdAt: message.createdAt,
    edited: message.editedAt !== null,
    deleted: message.deletedAt !== null,
    delivery: own ? (message.seq <= readUpTo ? 'read' : 'sent') : null,
    failure: null,
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
    createdAt: item.createdAt,
    edited: false,
    deleted: false,
    delivery: item.state,
    failure: item.failure,
  };
}

/** Up to where everybody else has read. */
function readByOthers(conversation: Conversation, self: string): number {
  const others = conversation.members.filter((member) => member.userId !== self);
  return others.length === 0 ? 0 : Math.min(...others.map((member) => member.readSeq));
}

function belongTogether(a: TimelineMessage | undefined, b: TimelineMessage | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.senderId === b.senderId &&
    sameDay(a.createdAt, b.createdAt) &&
    Date.parse(b.createdAt) - Date.parse(a.createdAt) < groupWithin
  );
}
