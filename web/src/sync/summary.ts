import { isMuted } from '@/lib/conversation';
import type { Conversation, ConversationChanges, LogEvent, Message } from '@/lib/wire';
import { foldMessage } from './message-fold';

/** Whether an entry changes what a conversation is, or who is in it. */
export function changesDetails({ type }: LogEvent): boolean {
  return type === 'member.added' || type === 'member.updated' || type === 'member.removed' || type === 'conversation.updated';
}

export function detailsOf(summary: Conversation): Partial<Conversation> {
  const { title, description, avatarUrl, members, memberCount, role } = summary;
  return { title, description, avatarUrl, members, memberCount, role };
}

/** Whether the message names the user, by name or with all others. */
export function mentionsUser(message: Message, userId: string): boolean {
  return message.mentionsAll || message.mentions.includes(userId);
}

/** The summary after an entry, the next one of its log. */
export function applyToSummary(summary: Conversation, event: LogEvent, self: string): Conversation {
  if (event.seq <= summary.lastSeq) return summary;
  const next = { ...summary, lastSeq: event.seq };
  switch (event.type) {
    case 'message.created':
      return withMessage(next, event.message, self);
    case 'member.added':
      // Their name comes with the summary that is asked for; see CatchUp.
      return { ...next, memberCount: summary.memberCount + 1, lastActivityAt: event.at };
    case 'member.updated':
      return withRole(next, event, self);
    case 'member.removed':
      return {
        ...next,
        memberCount: Math.max(0, summary.memberCount - 1),
        members: summary.members.filter((member) => member.userId !== event.userId),
      };
    case 'conversation.updated':
      return withChanges(next, event.changes);
    default:
      return summary.lastMessage === null ? next : { ...next, lastMessage: foldMessage(summary.lastMessage, event) };
  }
}

/** A message of somebody else brings an archived conversation back, unless it is muted then. */
function withMessage(summary: Conversation, message: Message, self: string): Conversation {
  const next = { ...summary, lastMessage: message, lastActivityAt: message.createdAt };
  if (message.senderId === self) return next;
  const archived = summary.archived && isMuted(summary, Date.parse(message.createdAt));
  if (message.seq <= summary.readSeq) return { ...next, archived };
  const mentions = summary.mentions + (mentionsUser(message, self) ? 1 : 0);
  return { ...next, archived, unread: summary.unread + 1, mentions };
}

/** Who hands a group over becomes an admin by the same entry. */
function withRole(summary: Conversation, event: Extract<LogEvent, { type: 'member.added' | 'member.updated' }>, self: string): Conversation {
  const handedOver = event.role === 'owner' && event.actorId !== event.userId;
  const roleOf = (userId: string) => (userId === event.userId ? event.role : handedOver && userId === event.actorId ? 'admin' : null);
  return {
    ...summary,
    role: roleOf(self) ?? summary.role,
    members: summary.members.map((member) => ({ ...member, role: roleOf(member.userId) ?? member.role })),
  };
}

function withChanges(summary: Conversation, changes: ConversationChanges): Conversation {
  const orNull = (value: string | undefined, otherwise: string | null) => (value === undefined ? otherwise : value === '' ? null : value);
  return {
    ...summary,
    title: orNull(changes.title, summary.title),
    description: orNull(changes.description, summary.description),
    avatarUrl: orNull(changes.avatarUrl, summary.avatarUrl),
  };
}
