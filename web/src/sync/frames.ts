import type { LogEvent, Message } from '@/lib/wire';

/** What the server sends over the socket. Log entries travel as `entry`. */
export type ServerFrame =
  | { type: 'hello'; userId: string; node: string; pingIntervalMs: number }
  | { type: 'ping' }
  | { type: 'resync' }
  | { type: 'reconnect'; afterMs: number }
  | { type: 'error'; code: string; detail: string }
  | { type: 'read'; conversationId: string; userId: string; seq: number }
  | { type: 'typing'; conversationId: string; userId: string; active: boolean }
  | { type: 'presence'; userId: string; online: boolean; lastSeenAt: string | null }
  | { type: 'conversation.deleted'; conversationId: string }
  | { type: 'entry'; event: LogEvent };

/** What this client sends. */
export type ClientFrame =
  | { type: 'pong' }
  | { type: 'typing'; conversationId: string; active: boolean }
  | { type: 'watch'; userIds: string[] };

type Fields = Record<string, unknown>;

/** The frame, or null for one that this client does not understand. */
export function decodeFrame(text: string): ServerFrame | null {
  const raw = parse(text);
  if (raw === null) return null;
  switch (raw['type']) {
    case 'ping':
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
    case 'typing':
    case 'presence':
      return decodeUserFrame(raw['type'], raw);
    case 'conversation.deleted':
      return isString(raw['conversationId']) ? { type: 'conversation.deleted', conversationId: raw['conversationId'] } : null;
    default: {
      const event = decodeEvent(raw);
      return event === null ? null : { type: 'entry', event };
    }
  }
}

/** A log entry as it comes from the socket, `/events` or `/sync`; null if it has no place in a log. */
export function decodeEvent(value: unknown): LogEvent | null {
  if (!isFields(value)) return null;
  const { type, conversationId, seq, message, messageId, userId, emoji } = value;
  if (!isString(type) || !isString(conversationId) || !isSeq(seq)) return null;
  const entry = { conversationId, seq };
  switch (type) {
    case 'message.created':
    case 'message.updated':
      return isMessage(message) ? { ...entry, type, message } : { ...entry, type: 'other', name: type };
    case 'message.deleted':
      return isString(messageId) ? { ...entry, type, messageId } : { ...entry, type: 'other', name: type };
    case 'reaction.added':
    case 'reaction.removed':
      return isString(messageId) && isString(userId) && isString(emoji)
        ? { ...entry, type, messageId, userId, emoji }
        : { ...entry, type: 'other', name: type };
    case 'conversation.created':
      return { ...entry, type };
    default:
      return { ...entry, type: 'other', name: type };
  }
}

function decodeUserFrame(type: 'read' | 'typing' | 'presence', raw: Fields): ServerFrame | null {
  const { conversationId, userId, seq, active, online, lastSeenAt } = raw;
  if (!isString(userId)) return null;
  if (type === 'presence') {
    return { type, userId, online: online === true, lastSeenAt: isString(lastSeenAt) ? lastSeenAt : null };
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

function string(value: unknown): string {
  return isString(value) ? value : '';
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise;
}
