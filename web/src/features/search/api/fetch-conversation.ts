import { http } from '@/lib/http';
import type { Conversation } from '@/lib/wire';

export async function fetchConversation(id: string, signal: AbortSignal): Promise<Conversation> {
  const { data } = await http.get<{ conversation: Conversation }>(`/conversations/${encodeURIComponent(id)}`, { signal });
  return data.conversation;
}
