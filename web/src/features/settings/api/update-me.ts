import { http } from '@/lib/http';
import type { PresenceSettings, SelfUser } from '@/lib/wire';

export interface ProfileChange {
  fullName?: string;
  bio?: string;
  avatarUploadId?: string;
  settings?: Partial<PresenceSettings>;
}

/** Changes the signed-in user's profile; what is left out stays. */
export async function updateMe(change: ProfileChange): Promise<SelfUser> {
  const { data } = await http.patch<{ user: SelfUser }>('/auth/me', change);
  return data.user;
}
