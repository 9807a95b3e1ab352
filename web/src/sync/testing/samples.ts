import type { Conversation, LogEvent, Member, Message } from '@/lib/wire';

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
    forwardedFrom: null,
    mentions: [],
    mentionsAll: false,
    reactions: {},
    createdAt: new Date(Date.UTC(2026, 2, 2, 10, 0, seq)).toISOString(),
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    ...change,
  };
}

export function sampleMember(userId: string, fullName = userId): Member {
  return { userId, fullName, avatarUrl: null, role: 'member', readSeq: 1, deliveredSeq: 1, lastSeenAt: null };
}

export function sampleConversation(change: Partial<Conversation> = {}): Conversation {
  return {
    id: 'c1',
    type: 'direct',
    title: null,
    description: null,
    avatarUrl: null,
    members: [
      sampleMember(self, 'Me Myself'),
      sampleMember(peer, 'Pia Peer'),
    ],
    memberCount: 2,
    role: 'member',
    lastSeq: 1,
    lastMessage: null,
    readSeq: 1,
    unread: 0,
    mentions: 0,
    mutedUntil: null,
    archived: false,
    pinned: false,
    markedUnread: false,
    createdAt: '2026-03-02T10:00:00.000Z',
    lastActivityAt: '2026-03-02T10:00:00.000Z',
    ...change,
  };
}

export function created(message: Message): LogEvent {
  return { type: 'message.created', conversationId: message.conversationId, seq: message.seq, message };
}

/** Who did it, and when: of entries for which a test has no use for that. */
export const act = { actorId: peer, at: '2026-03-02T11:00:00.000Z' };
