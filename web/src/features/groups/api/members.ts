import { http } from '@/lib/http';
import type { Role } from '@/lib/wire';

function pathOf(id: string): string {
  return `/conversations/${encodeURIComponent(id)}/members`;
}

/** At most a hundred at once. */
export async function addMembers(id: string, userIds: readonly string[]): Promise<void> {
  await http.post(pathOf(id), { userIds });
}

/** To make another the owner is to hand the group over. */
export async function setRole(id: string, userId: string, role: Role): Promise<void> {
  await http.patch(`${pathOf(id)}/${encodeURIComponent(userId)}`, { role });
}

/** With one's own id, leaves. */
export async function removeMember(id: string, userId: string): Promise<void> {
  await http.delete(`${pathOf(id)}/${encodeURIComponent(userId)}`);
}
