import type { Conversation, Member } from './wire';

/** The other one of a direct conversation; null for groups. */
export function peerOf(conversation: Conversation, self: string): Member | null {
  if (conversation.type !== 'direct') return null;
  return conversation.members.find((member) => member.userId !== self) ?? null;
}

/** What a conversation is called: its title, or the other one's name. */
export function titleOf(conversation: Conversation, self: string): string {
  return conversation.title ?? peerOf(conversation, self)?.fullName ?? 'Conversation';
}

export function avatarOf(conversation: Conversation, self: string): string | null {
  return conversation.avatarUrl ?? peerOf(conversation, self)?.avatarUrl ?? null;
}

/** Whether its messages make no sound. */
export function isMuted({ mutedUntil }: Pick<Conversation, 'mutedUntil'>, now: number): boolean {
  return mutedUntil !== null && Date.parse(mutedUntil) > now;
}
