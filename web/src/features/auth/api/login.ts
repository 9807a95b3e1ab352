import { http } from '@/lib/http';
import type { SelfUser } from '@/lib/wire';

export interface Credentials {
  email: string;
  password: string;
}

/** Starts a session; its tokens come as cookies that scripts can't read. */
export async function login(credentials: Credentials): Promise<SelfUser> {
  const { data } = await http.post<{ user: SelfUser }>('/auth/login', credentials);
  return data.user;
}
