import { http } from '@/lib/http';
import type { Conversation } from '@/lib/wire';

/** One page of one's conversations whose title, or the other one's name, has words that begin so. */
export async function findConversations(
  q: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<{ items: Conversation[]; nextCursor: string | null }> {
  const params = { q, limit: 20, ...(cursor === null ? {} : { cursor }) };
  const { data } = await http.get<{ conversations: Conversation[]; nextCursor: string | null }>('/conversations', { params, signal });
  return { items: data.conversations, nextCursor: data.nextCursor };
}
