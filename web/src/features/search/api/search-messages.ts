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

/** One page of the messages that match, newest first. It may be short, or empty, though there is a next one. */
export async function searchMessages(
  query: MessageQuery,
  cursor: string | null,
  signal: AbortSignal,
): Promise<{ items: Found[]; nextCursor: string | null }> {
  const params = { ...query, limit: 30, ...(cursor === null ? {} : { cursor }) };
  const { data } = await http.get<{ results: Found[]; nextCursor: string | null }>('/search', { params, signal });
  return { items: data.results, nextCursor: data.nextCursor };
}
