import { http } from '@/lib/http';

/** Signs a device out; its sockets close. */
export async function revokeSession(id: string): Promise<void> {
  await http.delete(`/auth/sessions/${encodeURIComponent(id)}`);
}
