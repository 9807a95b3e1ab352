import { http } from '@/lib/http';
import type { SelfUser } from '@/lib/wire';

/** The signed-in user; 401 if there is none. */
export async function fetchMe(): Promise<SelfUser> {
  const { data } = await http.get<{ user: SelfUser }>('/auth/me');
  return data.user;
}
