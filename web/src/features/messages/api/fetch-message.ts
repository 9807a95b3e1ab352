import { http } from '@/lib/http';
import type { Message } from '@/lib/wire';

export async function fetchMessage(conversationId: string, messageId: string, signal: AbortSignal): Promise<Message> {
  const { data } = await http.get<{ message: Message }>(`/conversations/${conversationId}/messages/${messageId}`, { signal });
  return data.message;
}
