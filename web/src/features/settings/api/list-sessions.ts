import { http } from '@/lib/http';

/** A device that is signed in. */
export interface Session {
  id: string;
  userAgent: string;
  createdAt: string;
  lastUsedAt: string;
  /** Whether it is the one asking. */
  current: boolean;
}

export async function listSessions(): Promise<Session[]> {
  const { data } = await http.get<{ sessions: Session[] }>('/auth/sessions');
  return data.sessions;
}
