import { http } from '@/lib/http';

/** Changes the password; all other sessions end. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await http.post('/auth/password', { currentPassword, newPassword });
}
