import type { Conversation, ConversationSettings, LogEvent, Message, MessagePage, NewMessage } from '@/lib/wire';

export interface SyncAnswer {
  /** Changed since the cursors, or not among them. */
  conversations: Conversation[];
  /** By conversation id, ascending. */
  events: Record<string, LogEvent[]>;
  /** Read positions by conversation id and user id, of conversations without anything new. */
  reads: Record<string, Record<string, number>>;
  /** The same of up to where entries have reached each member. */
  delivered: Record<string, Record<string, number>>;
  /** What the user has set for those conversations, by conversation id. */
  settings: Record<string, ConversationSettings>;
  removed: string[];
  /** Too far behind for events: reload the latest page. */
  reset: string[];
  /** Too many changes: reload the list. */
  resetAll: boolean;
}

export interface EventsAnswer {
  events: LogEvent[];
  lastSeq: number;
  reset: boolean;
}

/** Which page of messages: one next to a seq, the one around a message (by seq or id), or the latest one. */
export type PagePlace = { before: number } | { after: number } | { around: number | string } | 'latest';

/** The HTTP calls that the sync core makes. All fail with an ApiError. */
export interface SyncApi {
  /** Cursors are the last applied seq by conversation id. */
  sync(cursors: Record<string, number>): Promise<SyncAnswer>;
  events(conversationId: string, after: number): Promise<EventsAnswer>;
  /** One page of the list, most recent first; null asks for the first. */
  conversations(cursor: string | null): Promise<{ conversations: Conversation[]; nextCursor: string | null }>;
  conversation(id: string): Promise<Conversation>;
  messages(conversationId: string, place: PagePlace): Promise<MessagePage>;
  send(conversationId: string, message: NewMessage): Promise<Message>;
  edit(conversationId: string, messageId: string, text: string): Promise<void>;
  remove(conversationId: string, messageId: string): Promise<void>;
  react(conversationId: string, messageId: string, emoji: string, on: boolean): Promise<void>;
  pin(conversationId: string, messageId: string, on: boolean): Promise<void>;
  settings(conversationId: string, change: Partial<ConversationSettings>): Promise<Conversation>;
  markRead(conversationId: string, seq: number): Promise<void>;
  /** Up to where entries have reached this device, by conversation id. */
  markDelivered(positions: Record<string, number>): Promise<void>;
  /** Fails with 401 if the session is over. */
  checkSession(): Promise<void>;
}
