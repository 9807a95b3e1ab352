import { http } from '@/lib/http';

/** Mails a link to set a new password, if there is an account with the address; the answer does not tell. */
export async function forgotPassword(email: string): Promise<void> {
  await http.post('/auth/password/forgot', { email });
}
