import { http } from '@/lib/http';
import type { Conversation } from '@/lib/wire';

export interface Invite {
  id: string;
  url: string;
  /** Null for ever. */
  expiresAt: string | null;
  /** Null for any number. */
  maxUses: number | null;
  uses: number;
}

export interface InvitePreview {
  title: string;
  avatarUrl: string | null;
  memberCount: number;
  /** The group's id, if the user is in it already. */
  conversationId: string | null;
}

function pathOf(conversationId: string): string {
  return `/conversations/${encodeURIComponent(conversationId)}/invites`;
}

/** Those that can still be used, or are used up; newest first. */
export async function listInvites(conversationId: string, signal: AbortSignal): Promise<Invite[]> {
  const { data } = await http.get<{ invites: Invite[] }>(pathOf(conversationId), { signal });
  return data.invites;
}

export async function createInvite(conversationId: string, expiresInSeconds: number | null, maxUses: number | null): Promise<Invite> {
  const { data } = await http.post<{ invite: Invite }>(pathOf(conversationId), { expiresInSeconds, maxUses });
  return data.invite;
}

export async function revokeInvite(conversationId: string, inviteId: string): Promise<void> {
  await http.delete(`${pathOf(conversationId)}/${encodeURIComponent(inviteId)}`);
}

/** Where an invite leads. */
export async function previewInvite(code: string, signal: AbortSignal): Promise<InvitePreview> {
  const { data } = await http.get<InvitePreview>(`/invites/${encodeURIComponent(code)}`, { signal });
  return data;
}

export async function joinByInvite(code: string): Promise<Conversation> {
  const { data } = await http.post<{ conversation: Conversation }>(`/invites/${encodeURIComponent(code)}/join`);
  return data.conversation;
}
