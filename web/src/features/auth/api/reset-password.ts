import { http } from '@/lib/http';

/** Sets a new password by the token of a mailed link; all sessions end. */
export async function resetPassword(token: string, password: string): Promise<void> {
  await http.post('/auth/password/reset', { token, password });
}
