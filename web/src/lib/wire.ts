/** The shapes that the servers send and take. Times are RFC 3339 strings in UTC; ids are opaque. */

export interface User {
  id: string;
  fullName: string;
  avatarUrl: string | null;
  bio: string;
  createdAt: string;
  lastSeenAt: string | null;
}

/** What somebody lets others see of their presence. */
export interface PresenceSettings {
  lastSeen: 'everybody' | 'contacts' | 'nobody';
  invisible: boolean;
}

/** The signed-in user, as only they see themselves. */
export interface SelfUser extends User {
  email: string;
  emailVerified: boolean;
  settings: PresenceSettings;
}

export type Role = 'owner' | 'admin' | 'member';

export interface Member {
  userId: string;
  fullName: string;
  avatarUrl: string | null;
  role: Role;
  /** The last entry that this member has read. */
  readSeq: number;
  /** The last entry that has reached one of their devices. */
  deliveredSeq: number;
  lastSeenAt: string | null;
}

export interface Attachment {
  id: string;
  url: string;
  /** '' for files that are no images. */
  thumbnailUrl: string;
  /** The file's name; '' for images without one. */
  name: string;
  mime: string;
  bytes: number;
  /** In pixels; 0 for files that are no images. */
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
  /** The id of the message that it answers. */
  replyTo: string | null;
  /** Who wrote it first, if it was forwarded. */
  forwardedFrom: { senderId: string } | null;
  /** The members whom the text names, as `<@id>`. */
  mentions: string[];
  /** The text names everybody, as `<@all>`. */
  mentionsAll: boolean;
  /** User ids by emoji, ascending. */
  reactions: Record<string, string[]>;
  createdAt: string;
  editedAt: string | null;
  deletedAt: string | null;
  pinnedAt: string | null;
}

/** What a member has set for themselves; others don't see it. */
export interface ConversationSettings {
  /** The year 9999 stands for ever. */
  mutedUntil: string | null;
  archived: boolean;
  pinned: boolean;
  markedUnread: boolean;
}

export interface Conversation extends ConversationSettings {
  id: string;
  type: 'direct' | 'group';
  title: string | null;
  description: string | null;
  avatarUrl: string | null;
  /** The first hundred; `memberCount` tells of the rest. */
  members: Member[];
  memberCount: number;
  role: Role;
  /** The last entry that this summary takes into account. */
  lastSeq: number;
  lastMessage: Message | null;
  /** The last entry that the signed-in user has read. */
  readSeq: number;
  unread: number;
  /** How many of the unread messages name the signed-in user. */
  mentions: number;
  createdAt: string;
  lastActivityAt: string;
}

interface LogEntry {
  conversationId: string;
  seq: number;
}

/** Who did it, and when. */
interface Act {
  actorId: string;
  at: string;
}

/** What `conversation.updated` changed: what is absent stayed, '' is gone. */
export interface ConversationChanges {
  title?: string;
  description?: string;
  avatarUrl?: string;
}

/**
 * One entry of a conversation's log. The same over the socket, from `/events` and from `/sync`.
 * Entries of a type that this client does not know are kept as `other`: they take a place in the
 * log, so they must move the cursor.
 */
export type LogEvent =
  | (LogEntry & { type: 'message.created'; message: Message })
  | (LogEntry & { type: 'message.updated'; message: Message })
  | (LogEntry & Act & { type: 'message.deleted' | 'message.pinned' | 'message.unpinned'; messageId: string })
  | (LogEntry & Act & { type: 'reaction.added' | 'reaction.removed'; messageId: string; userId: string; emoji: string })
  | (LogEntry & Act & { type: 'member.added' | 'member.updated'; userId: string; role: Role })
  | (LogEntry & Act & { type: 'member.removed'; userId: string })
  | (LogEntry & Act & { type: 'conversation.updated'; changes: ConversationChanges })
  | (LogEntry & Act & { type: 'conversation.created' | 'conversation.deleted' })
  | (LogEntry & { type: 'other'; name: string });

export interface MessagePage {
  /** Ascending by seq. */
  messages: Message[];
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
  /** What else happened between them; missing for nothing. */
  notices?: LogEvent[];
  /** The names of those in it who are members no more, by their ids. */
  people?: Record<string, string>;
}

/** Names a message of some conversation. */
export interface MessageRef {
  conversationId: string;
  messageId: string;
}

export interface NewMessage {
  clientId: string;
  text?: string;
  uploadIds?: string[];
  replyTo?: string;
  forwardOf?: MessageRef;
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
  groupTitle: 80,
  groupDescription: 500,
  /** People added to a group at once. */
  membersAtOnce: 100,
  attachments: 10,
  /** In bytes. */
  upload: 25 * 1024 * 1024,
  /** In bytes, of an image that is shown. */
  imageUpload: 10 * 1024 * 1024,
  /** Members beyond which a conversation keeps no account of who got what. */
  receipts: 100,
  /** Conversations in one report of what was delivered. */
  delivered: 500,
  watched: 500,
  page: 50,
} as const;
