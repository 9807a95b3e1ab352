import type { ConversationChanges, ConversationSettings, LogEvent, Message, Role } from '@/lib/wire';

/** What the server sends over the socket. Log entries travel as `entry`. */
export type ServerFrame =
  | { type: 'hello'; userId: string; node: string; pingIntervalMs: number }
  | { type: 'ping' }
  | { type: 'resync' }
  | { type: 'presence.unknown' }
  | { type: 'reconnect'; afterMs: number }
  | { type: 'error'; code: string; detail: string }
  | { type: 'read'; conversationId: string; userId: string; seq: number }
  | { type: 'typing'; conversationId: string; userId: string; active: boolean }
  | { type: 'delivered'; conversationId: string; userId: string; seq: number }
  | { type: 'presence'; userId: string; online: boolean; away: boolean; lastSeenAt: string | null }
  | ({ type: 'conversation.settings'; conversationId: string } & ConversationSettings)
  | { type: 'user.blocked' | 'user.unblocked'; userId: string }
  | { type: 'conversation.deleted'; conversationId: string }
  | { type: 'entry'; event: LogEvent };

/** What this client sends. */
export type ClientFrame =
  | { type: 'pong' }
  | { type: 'typing'; conversationId: string; active: boolean }
  | { type: 'watch'; userIds: string[] }
  | { type: 'activity'; idle: boolean };

type Fields = Record<string, unknown>;

/** The frame, or null for one that this client does not understand. */
export function decodeFrame(text: string): ServerFrame | null {
  const raw = parse(text);
  if (raw === null) return null;
  switch (raw['type']) {
    case 'ping':
    case 'presence.unknown':
    case 'resync':
      return { type: raw['type'] };
    case 'hello':
      return isString(raw['userId'])
        ? { type: 'hello', userId: raw['userId'], node: string(raw['node']), pingIntervalMs: number(raw['pingIntervalMs'], 30_000) }
        : null;
    case 'reconnect':
      return { type: 'reconnect', afterMs: number(raw['afterMs'], 0) };
    case 'error':
      return { type: 'error', code: string(raw['code']), detail: string(raw['detail']) };
    case 'read':
    case 'delivered':
    case 'typing':
    case 'presence':
    case 'user.blocked':
    case 'user.unblocked':
      return decodeUserFrame(raw['type'], raw);
    case 'conversation.deleted':
      return isString(raw['conversationId']) ? { type: 'conversation.deleted', conversationId: raw['conversationId'] } : null;
    case 'conversation.settings':
      return isString(raw['conversationId'])
        ? { type: 'conversation.settings', conversationId: raw['conversationId'], ...decodeSettings(raw) }
        : null;
    default: {
      const event = decodeEvent(raw);
      return event === null ? null : { type: 'entry', event };
    }
  }
}

/** A log entry as it comes from the socket, `/events` or `/sync`; null if it has no place in a log. */
export function decodeEvent(value: unknown): LogEvent | null {
  if (!isFields(value)) return null;
  const { type, conversationId, seq } = value;
  if (!isString(type) || !isString(conversationId) || !isSeq(seq)) return null;
  const entry = { conversationId, seq };
  return decodeEntry(type, entry, value) ?? { ...entry, type: 'other', name: type };
}

/** Null for what this client does not understand. */
function decodeEntry(type: string, entry: { conversationId: string; seq: number }, value: Fields): LogEvent | null {
  const { message, messageId, userId, emoji, changes } = value;
  const act = { ...entry, actorId: string(value['actorId']), at: string(value['at']) };
  switch (type) {
    case 'message.created':
    case 'message.updated':
      return isMessage(message) ? { ...entry, type, message: wholeMessage(message) } : null;
    case 'message.deleted':
    case 'message.pinned':
    case 'message.unpinned':
      return isString(messageId) ? { ...act, type, messageId } : null;
    case 'reaction.added':
    case 'reaction.removed':
      return isString(messageId) && isString(userId) && isString(emoji) ? { ...act, type, messageId, userId, emoji } : null;
    case 'member.added':
    case 'member.updated':
      return isString(userId) ? { ...act, type, userId, role: decodeRole(value['role']) } : null;
    case 'member.removed':
      return isString(userId) ? { ...act, type, userId } : null;
    case 'conversation.updated':
      return isFields(changes) ? { ...act, type, changes: decodeChanges(changes) } : null;
    case 'conversation.created':
    case 'conversation.deleted':
      return { ...act, type };
    default:
      return null;
  }
}

/** What a conversation's member has set, from a frame or an answer. */
export function decodeSettings({ mutedUntil, archived, pinned, markedUnread }: Fields): ConversationSettings {
  return {
    mutedUntil: isString(mutedUntil) ? mutedUntil : null,
    archived: archived === true,
    pinned: pinned === true,
    markedUnread: markedUnread === true,
  };
}

function decodeRole(role: unknown): Role {
  return role === 'owner' || role === 'admin' ? role : 'member';
}

function decodeChanges({ title, description, avatarUrl }: Fields): ConversationChanges {
  return {
    ...(isString(title) ? { title } : {}),
    ...(isString(description) ? { description } : {}),
    ...(isString(avatarUrl) ? { avatarUrl } : {}),
  };
}

type UserFrame = 'read' | 'delivered' | 'typing' | 'presence' | 'user.blocked' | 'user.unblocked';

function decodeUserFrame(type: UserFrame, raw: Fields): ServerFrame | null {
  const { conversationId, userId, seq, active, online, away, lastSeenAt } = raw;
  if (!isString(userId)) return null;
  if (type === 'user.blocked' || type === 'user.unblocked') return { type, userId };
  if (type === 'presence') {
    return { type, userId, online: online === true, away: away === true, lastSeenAt: isString(lastSeenAt) ? lastSeenAt : null };
  }
  if (!isString(conversationId)) return null;
  if (type === 'typing') return { type, conversationId, userId, active: active === true };
  return isSeq(seq) ? { type, conversationId, userId, seq } : null;
}

function parse(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isMessage(value: unknown): value is Message {
  return isFields(value) && isString(value['id']) && isSeq(value['seq']) && isString(value['senderId']);
}

/** The message with what a server of an older version leaves out. */
function wholeMessage(message: Message): Message {
  return { ...emptyParts, ...message };
}

const emptyParts = { forwardedFrom: null, mentionsAll: false, pinnedAt: null, mentions: [], reactions: {}, attachments: [] };

function string(value: unknown): string {
  return isString(value) ? value : '';
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise;
}
