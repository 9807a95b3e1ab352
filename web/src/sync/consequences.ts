import type { Conversation, LogEvent, Message } from '@/lib/wire';
import { mentionsUser } from './summary';

/** The entry that a message came with. */
export function createdBy(message: Message): LogEvent {
  return { type: 'message.created', conversationId: message.conversationId, seq: message.seq, message };
}

/** Whether after these entries the conversation is over for this user. */
export function endsFor(events: readonly LogEvent[], self: string): boolean {
  const fate = events.findLast(
    (event) =>
      event.type === 'conversation.deleted' ||
      ((event.type === 'member.added' || event.type === 'member.removed') && event.userId === self),
  );
  return fate !== undefined && fate.type !== 'member.added';
}

/** Whether the entry changes the summary in a way that it does not spell out: a name, or how many messages name this user. */
export function needsSummary(event: LogEvent, { mentions, readSeq }: Conversation, self: string): boolean {
  switch (event.type) {
    case 'other':
    case 'member.added':
      return true;
    case 'message.updated':
      return event.message.seq > readSeq && (mentions > 0 || mentionsUser(event.message, self));
    case 'message.deleted':
      return mentions > 0;
    default:
      return false;
  }
}
