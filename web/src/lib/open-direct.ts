import { http } from './http';
import type { Conversation } from './wire';

/** The direct conversation with a user, made if there is none. */
export async function openDirect(userId: string): Promise<Conversation> {
  const { data } = await http.post<{ conversation: Conversation }>('/conversations', { type: 'direct', userId });
  return data.conversation;
}
