import type { LogEvent, Message, MessagePage } from '@/lib/wire';

/** The stretch of a conversation's messages that is loaded: from some point up to the newest. */
export interface MessageWindow {
  status: 'loading' | 'ready' | 'failed';
  /** Whether a page of older messages is on its way, or could not be had. */
  older: 'idle' | 'loading' | 'failed';
  hasMoreBefore: boolean;
  /** Ascending by seq, each once. */
  messages: readonly Message[];
  /**
   * Entries applied while a page was on its way. The page may be from before them, so they are
   * applied again on top of it; applying twice is harmless.
   */
  replay: readonly LogEvent[];
}

export const loadingWindow: MessageWindow = {
  status: 'loading',
  older: 'idle',
  hasMoreBefore: false,
  messages: [],
  replay: [],
};

/** The window with `event` applied. */
export function applyToWindow(window: MessageWindow, event: LogEvent): MessageWindow {
  const fetching = window.status === 'loading' || window.older === 'loading';
  const replay = fetching ? [...window.replay, event] : window.replay;
  return { ...window, replay, messages: applyAll(window.messages, [event], window.hasMoreBefore) };
}

/** The window with the newest page in place of what it held. */
export function showLatest(window: MessageWindow, page: MessagePage): MessageWindow {
  return {
    status: 'ready',
    older: 'idle',
    hasMoreBefore: page.hasMoreBefore,
    messages: applyAll(sorted(page.messages), window.replay, page.hasMoreBefore),
    replay: [],
  };
}

/** The window with a page of older messages before its own. */
export function showOlder(window: MessageWindow, page: MessagePage): MessageWindow {
  const oldest = window.messages[0]?.seq ?? Number.POSITIVE_INFINITY;
  const older = sorted(page.messages).filter((message) => message.seq < oldest);
  return {
    ...window,
    older: 'idle',
    hasMoreBefore: page.hasMoreBefore,
    messages: applyAll([...older, ...window.messages], window.replay, page.hasMoreBefore),
    replay: [],
  };
}

/** The window without its oldest messages, so that a conversation left behind holds little memory. */
export function trimWindow(window: MessageWindow, keep: number): MessageWindow {
  if (window.status !== 'ready' || window.messages.length <= keep) return window;
  return { ...window, messages: window.messages.slice(-keep), hasMoreBefore: true };
}

/** With older messages still on the server, a message from below the window is left to their page: no holes. */
function applyAll(messages: readonly Message[], events: readonly LogEvent[], hasMoreBefore: boolean): readonly Message[] {
  const floor = hasMoreBefore ? (messages[0]?.seq ?? 0) : 0;
  return events.filter((event) => event.type !== 'message.created' || event.seq >= floor).reduce(applyToMessages, messages);
}

function applyToMessages(messages: readonly Message[], event: LogEvent): readonly Message[] {
  switch (event.type) {
    case 'message.created':
      return insert(messages, event.message);
    case 'message.updated':
      return patch(messages, event.message.id, () => event.message);
    case 'message.deleted':
      return patch(messages, event.messageId, tombstone);
    case 'reaction.added':
      return patch(messages, event.messageId, (message) => withReaction(message, event.emoji, event.userId, true));
    case 'reaction.removed':
      return patch(messages, event.messageId, (message) => withReaction(message, event.emoji, event.userId, false));
    default:
      return messages;
  }
}

/** A message that is there already is as new as the entry that made it, or newer. */
function insert(messages: readonly Message[], message: Message): readonly Message[] {
  const last = messages.at(-1);
  if (last === undefined || last.seq < message.seq) return [...messages, message];
  if (messages.some((other) => other.seq === message.seq)) return messages;
  return sorted([...messages, message]);
}

function patch(messages: readonly Message[], id: string, change: (message: Message) => Message): readonly Message[] {
  const index = messages.findIndex((message) => message.id === id);
  const found = messages[index];
  return found === undefined ? messages : messages.with(index, change(found));
}

export function tombstone(message: Message): Message {
  return { ...message, text: '', attachments: [], reactions: {}, deletedAt: message.deletedAt ?? message.createdAt };
}

function withReaction(message: Message, emoji: string, userId: string, present: boolean): Message {
  const others = (message.reactions[emoji] ?? []).filter((id) => id !== userId);
  const users = present ? [...others, userId] : others;
  const { [emoji]: _, ...rest } = message.reactions;
  return { ...message, reactions: users.length > 0 ? { ...rest, [emoji]: users } : rest };
}

function sorted(messages: readonly Message[]): readonly Message[] {
  return messages.toSorted((a, b) => a.seq - b.seq);
}
