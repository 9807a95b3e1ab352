import { http } from './http';
import type { User } from './wire';

export interface UserPage {
  users: User[];
  nextCursor: string | null;
}

/** One page of the directory, by name; `cursor` null asks for the first. */
export async function listUsers(q: string, cursor: string | null, signal: AbortSignal): Promise<UserPage> {
  const params = { ...(q === '' ? {} : { q }), ...(cursor === null ? {} : { cursor }) };
  const { data } = await http.get<UserPage>('/users', { params, signal });
  return data;
}
