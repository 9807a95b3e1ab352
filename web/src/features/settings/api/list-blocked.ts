import { http } from '@/lib/http';
import type { User } from '@/lib/wire';

/** Those whom the signed-in user has blocked, page by page. */
export async function listBlocked(cursor: string | null): Promise<{ users: User[]; nextCursor: string | null }> {
  const { data } = await http.get<{ users: User[]; nextCursor: string | null }>('/users/blocked', { params: cursor === null ? {} : { cursor } });
  return data;
}
