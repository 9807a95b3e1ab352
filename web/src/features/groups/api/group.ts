import { http } from '@/lib/http';
import type { Conversation } from '@/lib/wire';

export interface NewGroup {
  title: string;
  description?: string;
  avatarUploadId?: string;
  memberIds: string[];
  /** The same for every try to make it. */
  clientId: string;
}

export async function createGroup(group: NewGroup): Promise<Conversation> {
  const { data } = await http.post<{ conversation: Conversation }>('/conversations', { type: 'group', ...group });
  return data.conversation;
}

export interface GroupChange {
  title?: string;
  description?: string;
  /** Null takes the picture away. */
  avatarUploadId?: string | null;
}

export async function updateGroup(id: string, change: GroupChange): Promise<Conversation> {
  const { data } = await http.patch<{ conversation: Conversation }>(`/conversations/${encodeURIComponent(id)}`, change);
  return data.conversation;
}

/** Ends the group for everybody. */
export async function deleteGroup(id: string): Promise<void> {
  await http.delete(`/conversations/${encodeURIComponent(id)}`);
}
