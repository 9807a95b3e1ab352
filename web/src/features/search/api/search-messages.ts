import { http } from '@/lib/http';
import type { Message } from '@/lib/wire';

/** Where in a text something was found, in UTF-16 code units: as strings count. */
export interface Highlight {
  start: number;
  length: number;
}

export interface Found {
  message: Message;
  conversationId: string;
  highlights: Highlight[];
}

/** What is looked for; what is absent makes no difference. */
export interface MessageQuery {
  q?: string;
  conversationId?: string;
  senderId?: string;
  has?: string;
  /** RFC 3339. */
  after?: string;
  before?: string;
}

interface FoundPage {
  items: Found[];
  nextCursor: string | null;
}

/** After so many empty pages in a row somebody has to want more. */
const emptyAtMost = 10;

/** One page of the messages that match, newest first. The server may give a short or an empty one though there is a next one: of empty ones the next is asked for. */
export async function searchMessages(query: MessageQuery, cursor: string | null, signal: AbortSignal): Promise<FoundPage> {
  let page = await onePage(query, cursor, signal);
  for (let empty = 1; page.items.length === 0 && page.nextCursor !== null && empty < emptyAtMost; empty++) {
    page = await onePage(query, page.nextCursor, signal);
  }
  return page;
}

async function onePage(query: MessageQuery, cursor: string | null, signal: AbortSignal): Promise<FoundPage> {
  const params = { ...query, limit: 30, ...(cursor === null ? {} : { cursor }) };
  const { data } = await http.get<{ results: Found[]; nextCursor: string | null }>('/search', { params, signal });
  return { items: data.results, nextCursor: data.nextCursor };
}
