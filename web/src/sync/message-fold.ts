import type { LogEvent, Message } from '@/lib/wire';

/** The id of the message that an entry changes, or null. */
export function targetOf(event: LogEvent): string | null {
  switch (event.type) {
    case 'message.updated':
      return event.message.id;
    case 'message.deleted':
    case 'message.pinned':
    case 'message.unpinned':
    case 'reaction.added':
    case 'reaction.removed':
      return event.messageId;
    default:
      return null;
  }
}

/**
 * The message after an entry that targets it. A page may have brought the message with entries folded in that come
 * again here; in order they end at the same state. A deleted message stays deleted and empty, whatever comes after.
 */
export function foldMessage(message: Message, event: LogEvent): Message {
  if (targetOf(event) !== message.id || message.deletedAt !== null) return message;
  switch (event.type) {
    case 'message.updated':
      return edited(message, event.message);
    case 'message.deleted':
      return tombstone(message, event.at);
    case 'message.pinned':
      return { ...message, pinnedAt: message.pinnedAt ?? event.at };
    case 'message.unpinned':
      return { ...message, pinnedAt: null };
    case 'reaction.added':
      return withReaction(message, event.emoji, event.userId, true);
    case 'reaction.removed':
      return withReaction(message, event.emoji, event.userId, false);
    default:
      return message;
  }
}

/** An edit is about the text; who reacted and what is pinned follows from entries of their own. */
function edited(message: Message, edit: Message): Message {
  if (edit.deletedAt !== null) return tombstone(message, edit.deletedAt);
  if (message.editedAt !== null && edit.editedAt !== null && edit.editedAt < message.editedAt) return message;
  return { ...edit, reactions: message.reactions, pinnedAt: message.pinnedAt };
}

/** What a deletion leaves: that there was a message, whose and when. */
function tombstone(message: Message, at: string): Message {
  return {
    ...message,
    text: '',
    attachments: [],
    mentions: [],
    mentionsAll: false,
    forwardedFrom: null,
    reactions: {},
    editedAt: null,
    pinnedAt: null,
    deletedAt: at,
  };
}

function withReaction(message: Message, emoji: string, userId: string, present: boolean): Message {
  const others = (message.reactions[emoji] ?? []).filter((id) => id !== userId);
  const users = present ? [...others, userId].toSorted() : others;
  const { [emoji]: _, ...rest } = message.reactions;
  return { ...message, reactions: users.length > 0 ? { ...rest, [emoji]: users } : rest };
}
