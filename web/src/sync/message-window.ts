import type { LogEvent, Message, MessagePage } from '@/lib/wire';
import { foldMessage, targetOf } from './message-fold';
import { mergeNotices, noticesWithin, type Notice } from './notices';

/** The stretch of a conversation's messages that is loaded: without holes, mostly up to the newest. */
export interface MessageWindow {
  status: 'loading' | 'ready' | 'failed';
  /** Whether a page of older messages is on its way, or could not be had. */
  older: 'idle' | 'loading' | 'failed';
  /** The same of newer messages, in a window that does not reach the newest. */
  newer: 'idle' | 'loading' | 'failed';
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
  /** Ascending by seq, each once. */
  messages: readonly Message[];
  /** What else happened, ascending by seq; some of it can lie beyond the messages. */
  notices: readonly Notice[];
  /** The names of those in it who are members no more, by their ids. */
  people: Readonly<Record<string, string>>;
  /**
   * Entries applied while a page was on its way. The page may be from before them, so they are
   * applied again on top of it; applying twice is harmless.
   */
  replay: readonly LogEvent[];
}

export const loadingWindow: MessageWindow = {
  status: 'loading',
  older: 'idle',
  newer: 'idle',
  hasMoreBefore: false,
  hasMoreAfter: false,
  messages: [],
  notices: [],
  people: {},
  replay: [],
};

/** The window with `event` applied, and with the names of those who leave by it. */
export function applyToWindow(window: MessageWindow, event: LogEvent, leaving: Readonly<Record<string, string>> = {}): MessageWindow {
  const fetching = window.status === 'loading' || window.older === 'loading' || window.newer === 'loading';
  const replay = fetching ? [...window.replay, event] : window.replay;
  // While nothing is there, a single message would look like all there is.
  const blank = window.status !== 'ready' && window.messages.length === 0;
  const people = { ...window.people, ...leaving };
  return { ...window, people, replay, notices: mergeNotices(window.notices, [event]), messages: blank ? [] : applyAll(window.messages, [event], window) };
}

/** The window with another stretch in place of what it held: the newest page, or one from the midst. */
export function showPage(window: MessageWindow, page: MessagePage): MessageWindow {
  const messages = sorted(page.messages);
  return {
    status: 'ready',
    older: 'idle',
    newer: 'idle',
    hasMoreBefore: page.hasMoreBefore,
    hasMoreAfter: page.hasMoreAfter,
    messages: applyAll(messages, window.replay, page),
    ...withPageOf(window, page),
    replay: [],
  };
}

/** The window with a page of older messages before its own. */
export function showOlder(window: MessageWindow, page: MessagePage): MessageWindow {
  const oldest = window.messages[0]?.seq ?? Number.POSITIVE_INFINITY;
  const older = sorted(page.messages).filter((message) => message.seq < oldest);
  const edges = { hasMoreBefore: page.hasMoreBefore, hasMoreAfter: window.hasMoreAfter };
  return settled({ ...window, ...withPageOf(window, page), ...edges, older: 'idle', messages: applyAll([...older, ...window.messages], window.replay, edges) });
}

/** The window with a page of newer messages after its own. */
export function showNewer(window: MessageWindow, page: MessagePage): MessageWindow {
  const newest = window.messages.at(-1)?.seq ?? 0;
  const newer = sorted(page.messages).filter((message) => message.seq > newest);
  const edges = { hasMoreBefore: window.hasMoreBefore, hasMoreAfter: page.hasMoreAfter };
  return settled({ ...window, ...withPageOf(window, page), ...edges, newer: 'idle', messages: applyAll([...window.messages, ...newer], window.replay, edges) });
}

/** The window without its oldest messages, so that a conversation left behind holds little memory. */
export function trimOldest(window: MessageWindow, keep: number): MessageWindow {
  if (window.status !== 'ready' || window.messages.length <= keep) return window;
  return trimmed({ ...window, messages: window.messages.slice(-keep), hasMoreBefore: true });
}

/** The window without its newest messages, for a reader who has gone far back. */
export function trimNewest(window: MessageWindow, keep: number): MessageWindow {
  if (window.status !== 'ready' || window.messages.length <= keep) return window;
  return trimmed({ ...window, messages: window.messages.slice(0, keep), hasMoreAfter: true });
}

function trimmed(window: MessageWindow): MessageWindow {
  return { ...window, notices: noticesWithin(window.notices, window) };
}

/** What a page tells beside its messages is true wherever the window is. */
function withPageOf({ notices, people }: MessageWindow, page: MessagePage): Pick<MessageWindow, 'notices' | 'people'> {
  return { notices: mergeNotices(notices, page.notices ?? []), people: { ...people, ...page.people } };
}

/** With no page on its way any more, nothing has to be applied again. */
function settled(window: MessageWindow): MessageWindow {
  return window.older === 'loading' || window.newer === 'loading' ? window : { ...window, replay: [] };
}

type Edges = Pick<MessageWindow, 'hasMoreBefore' | 'hasMoreAfter'>;

/** With more messages on the server, one from beyond the window's edge is left to their page: no holes. */
function applyAll(messages: readonly Message[], events: readonly LogEvent[], edges: Edges): readonly Message[] {
  const floor = edges.hasMoreBefore ? (messages[0]?.seq ?? 0) : 0;
  const ceiling = edges.hasMoreAfter ? (messages.at(-1)?.seq ?? 0) : Number.POSITIVE_INFINITY;
  const within = ({ type, seq }: LogEvent) => type !== 'message.created' || (seq >= floor && seq <= ceiling);
  return events.filter(within).reduce(applyToMessages, messages);
}

function applyToMessages(messages: readonly Message[], event: LogEvent): readonly Message[] {
  if (event.type === 'message.created') return insert(messages, event.message);
  const target = targetOf(event);
  if (target === null) return messages;
  const index = messages.findLastIndex((message) => message.id === target);
  const found = messages[index];
  return found === undefined ? messages : messages.with(index, foldMessage(found, event));
}

/** A message that is there already is as new as the entry that made it, or newer. */
function insert(messages: readonly Message[], message: Message): readonly Message[] {
  const last = messages.at(-1);
  if (last === undefined || last.seq < message.seq) return [...messages, message];
  if (messages.some((other) => other.seq === message.seq)) return messages;
  return sorted([...messages, message]);
}

function sorted(messages: readonly Message[]): readonly Message[] {
  return messages.toSorted((a, b) => a.seq - b.seq);
}
