import { http } from '@/lib/http';
import type { SelfUser } from '@/lib/wire';

export interface NewAccount {
  fullName: string;
  email: string;
  password: string;
}

/** Makes an account and starts a session. */
export async function signup(account: NewAccount): Promise<SelfUser> {
  const { data } = await http.post<{ user: SelfUser }>('/auth/signup', account);
  return data.user;
}
