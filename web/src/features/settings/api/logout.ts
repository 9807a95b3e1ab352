import { http } from '@/lib/http';

/** Ends this device's session. */
export async function logout(): Promise<void> {
  await http.post('/auth/logout');
}
