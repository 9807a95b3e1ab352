import { http } from './http';

/** Blocks somebody, or takes that back. */
export async function blockUser(userId: string, blocked: boolean): Promise<void> {
  await http.request({ method: blocked ? 'PUT' : 'DELETE', url: `/users/${encodeURIComponent(userId)}/block` });
}
