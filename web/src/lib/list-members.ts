import { http } from './http';
import type { Member } from './wire';

/** One page of a conversation's members that `q` finds, in the order of joining. */
export async function listMembers(id: string, q: string, cursor: string | null, signal: AbortSignal): Promise<{ items: Member[]; nextCursor: string | null }> {
  const params = { ...(q === '' ? {} : { q }), ...(cursor === null ? {} : { cursor }) };
  const { data } = await http.get<{ members: Member[]; nextCursor: string | null }>(`/conversations/${encodeURIComponent(id)}/members`, { params, signal });
  return { items: data.members, nextCursor: data.nextCursor };
}
