import { http } from '@/lib/http';

/** Proves an address by the token of a mailed link. */
export async function verifyEmail(token: string): Promise<void> {
  await http.post('/auth/verify-email', { token });
}
