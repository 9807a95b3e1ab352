import { http } from '@/lib/http';

/** Mails another link that proves the signed-in user's address. */
export async function sendVerification(): Promise<void> {
  await http.post('/auth/verify-email/send');
}
