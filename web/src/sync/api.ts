import type { Conversation, LogEvent, Message, MessagePage, NewMessage } from '@/lib/wire';

export interface SyncAnswer {
  /** Changed since the cursors, or not among them. */
  conversations: Conversation[];
  /** By conversation id, ascending. */
  events: Record<string, LogEvent[]>;
  /** Read positions by conversation id and user id, of conversations without anything new. */
  reads: Record<string, Record<string, number>>;
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

/** The HTTP calls that the sync core makes. All fail with an ApiError. */
export interface SyncApi {
  /** Cursors are the last applied seq by conversation id. */
  sync(cursors: Record<string, number>): Promise<SyncAnswer>;
  events(conversationId: string, after: number): Promise<EventsAnswer>;
  /** One page of the list, most recent first; null asks for the first. */
  conversations(cursor: string | null): Promise<{ conversations: Conversation[]; nextCursor: string | null }>;
  conversation(id: string): Promise<Conversation>;
  /** The page before a seq, or the latest one. */
  messages(conversationId: string, before: number | null): Promise<MessagePage>;
  send(conversationId: string, message: NewMessage): Promise<Message>;
  markRead(conversationId: string, seq: number): Promise<void>;
  /** Fails with 401 if the session is over. */
  checkSession(): Promise<void>;
}
