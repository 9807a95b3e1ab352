import { http } from '@/lib/http';
import type { Message } from '@/lib/wire';

/** All pinned messages of a conversation, the newest pin first. */
export async function listPins(conversationId: string, signal: AbortSignal): Promise<Message[]> {
  const { data } = await http.get<{ messages: Message[] }>(`/conversations/${conversationId}/pins`, { signal });
  return data.messages;
}
