import type { Conversation, Message } from '@/lib/wire';

/** What the signed-in user may do with a message; docs/permissions.md has the table. */
export interface Rights {
  /** Whether there is anything left to answer, react to, copy or send on. */
  use: boolean;
  edit: boolean;
  remove: boolean;
  pin: boolean;
  /** Whether it can be told who has read it: positions are kept for groups of up to a hundred. */
  readers: boolean;
}

const readersUpTo = 100;

const none: Rights = { use: false, edit: false, remove: false, pin: false, readers: false };

export function rightsOn(message: Message, conversation: Pick<Conversation, 'type' | 'role' | 'memberCount'>, self: string): Rights {
  if (message.deletedAt !== null) return none;
  const own = message.senderId === self;
  const moderates = conversation.type === 'group' && conversation.role !== 'member';
  return {
    use: true,
    edit: own && message.forwardedFrom === null,
    remove: own || moderates,
    pin: conversation.type === 'direct' || moderates,
    readers: conversation.type === 'group' && conversation.memberCount <= readersUpTo,
  };
}

/** Whether the user may address everybody. */
export function mayNameAll({ type, role }: Pick<Conversation, 'type' | 'role'>): boolean {
  return type === 'group' && role !== 'member';
}
