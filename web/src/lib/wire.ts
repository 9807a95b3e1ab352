/** The shapes that the servers send and take. Times are RFC 3339 strings in UTC; ids are opaque. */

export interface User {
  id: string;
  fullName: string;
  avatarUrl: string | null;
  bio: string;
  createdAt: string;
  lastSeenAt: string | null;
}

/** The signed-in user, as only they see themselves. */
export interface SelfUser extends User {
  email: string;
  emailVerified: boolean;
}

export type Role = 'owner' | 'admin' | 'member';

export interface Member {
  userId: string;
  fullName: string;
  avatarUrl: string | null;
  role: Role;
  /** The last entry that this member has read. */
  readSeq: number;
  lastSeenAt: string | null;
}

export interface Attachment {
  id: string;
  url: string;
  thumbnailUrl: string;
  mime: string;
  bytes: number;
  /** In pixels. */
  width: number;
  height: number;
}

export interface Message {
  id: string;
  conversationId: string;
  /** Its place in the conversation's log; unique there. */
  seq: number;
  senderId: string;
  /** The sender's idempotency key: the same for every try to send it. */
  clientId: string;
  text: string;
  attachments: Attachment[];
  replyTo: string | null;
  mentions: string[];
  /** User ids by emoji. */
  reactions: Record<string, string[]>;
  createdAt: string;
  editedAt: string | null;
  deletedAt: string | null;
}

export interface Conversation {
  id: string;
  type: 'direct' | 'group';
  title: string | null;
  avatarUrl: string | null;
  members: Member[];
  memberCount: number;
  role: Role;
  /** The last entry that this summary takes into account. */
  lastSeq: number;
  lastMessage: Message | null;
  /** The last entry that the signed-in user has read. */
  readSeq: number;
  unread: number;
  mutedUntil: string | null;
  createdAt: string;
  lastActivityAt: string;
}

interface LogEntry {
  conversationId: string;
  seq: number;
}

/**
 * One entry of a conversation's log. The same over the socket, from `/events` and from `/sync`.
 * Entries of a type that this client does not know are kept as `other`: they take a place in the
 * log, so they must move the cursor.
 */
export type LogEvent =
  | (LogEntry & { type: 'message.created'; message: Message })
  | (LogEntry & { type: 'message.updated'; message: Message })
  | (LogEntry & { type: 'message.deleted'; messageId: string })
  | (LogEntry & { type: 'reaction.added' | 'reaction.removed'; messageId: string; userId: string; emoji: string })
  | (LogEntry & { type: 'conversation.created' })
  | (LogEntry & { type: 'other'; name: string });

export interface MessagePage {
  /** Ascending by seq. */
  messages: Message[];
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
}

export interface NewMessage {
  clientId: string;
  text?: string;
  uploadIds?: string[];
  replyTo?: string;
}

/** Limits that the servers hold; the client says so before a request is wasted. */
export const limits = {
  fullName: 80,
  bio: 300,
  email: 254,
  passwordMin: 8,
  /** In bytes. */
  passwordMax: 72,
  /** In code points. */
  text: 4000,
  attachments: 10,
  /** In bytes. */
  upload: 10 * 1024 * 1024,
  watched: 500,
  page: 50,
} as const;
