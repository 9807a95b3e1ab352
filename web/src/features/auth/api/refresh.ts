import { http } from '@/lib/http';

/** Rotates the session's tokens; 401 if the session is over. Never run two of these at once. */
export async function refresh(): Promise<void> {
  await http.post('/auth/refresh', {});
}
