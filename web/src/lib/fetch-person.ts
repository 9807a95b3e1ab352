import { http } from './http';
import type { User } from './wire';

/** Somebody else, and whether the signed-in user has blocked them. */
export interface Person extends User {
  blocked: boolean;
}

export async function fetchPerson(userId: string, signal: AbortSignal): Promise<Person> {
  const { data } = await http.get<{ user: Person }>(`/users/${encodeURIComponent(userId)}`, { signal });
  return data.user;
}
