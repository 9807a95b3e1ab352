import type { Conversation, LogEvent, Message } from '@/lib/wire';

export const self = 'me';
export const peer = 'peer';

/** A plausible message; `change` overrides parts of it. */
export function sampleMessage(seq: number, change: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    conversationId: 'c1',
    seq,
    senderId: peer,
    clientId: `k${seq}`,
    text: `message ${seq}`,
    attachments: [],
    replyTo: null,
    mentions: [],
    reactions: {},
    createdAt: new Date(Date.UTC(2026, 2, 2, 10, 0, seq)).toISOString(),
    editedAt: null,
    deletedAt: null,
    ...change,
  };
}

export function sampleConversation(change: Partial<Conversation> = {}): Conversation {
  const member = { avatarUrl: null, role: 'member', readSeq: 1, lastSeenAt: null } as const;
  return {
    id: 'c1',
    type: 'direct',
    title: null,
    avatarUrl: null,
    members: [
      { ...member, userId: self, fullName: 'Me Myself' },
      { ...member, userId: peer, fullName: 'Pia Peer' },
    ],
    memberCount: 2,
    role: 'member',
    lastSeq: 1,
    lastMessage: null,
    readSeq: 1,
    unread: 0,
    mutedUntil: null,
    createdAt: '2026-03-02T10:00:00.000Z',
    lastActivityAt: '2026-03-02T10:00:00.000Z',
    ...change,
  };
}

export function created(message: Message): LogEvent {
  return { type: 'message.created', conversationId: message.conversationId, seq: message.seq, message };
}
