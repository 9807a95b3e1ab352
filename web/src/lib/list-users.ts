import { http } from './http';
import type { User } from './wire';

/** One page of the directory, by name; `cursor` null asks for the first. */
export async function listUsers(q: string, cursor: string | null, signal: AbortSignal): Promise<{ items: User[]; nextCursor: string | null }> {
  const params = { ...(q === '' ? {} : { q }), ...(cursor === null ? {} : { cursor }) };
  const { data } = await http.get<{ users: User[]; nextCursor: string | null }>('/users', { params, signal });
  return { items: data.users, nextCursor: data.nextCursor };
}
