import { plainText } from '@/lib/rich-text';
import type { Conversation, Message } from '@/lib/wire';

const longest = 160;

/** What a notification says of a message; without `preview` only that there is one. */
export function noticeText(message: Message, { type, members }: Pick<Conversation, 'type' | 'members'>, preview: boolean): string {
  const name = (userId: string) => members.find((member) => member.userId === userId)?.fullName ?? 'somebody';
  const text = preview ? contentOf(message, name) : 'New message';
  return type === 'group' ? `${name(message.senderId)}: ${text}` : text;
}

function contentOf({ text, attachments }: Message, name: (userId: string) => string): string {
  if (text === '') return attachments.length === 1 ? 'Sent a file' : `Sent ${attachments.length} files`;
  const line = plainText(text, name);
  const points = Array.from(line);
  return points.length > longest ? `${points.slice(0, longest - 1).join('')}…` : line;
}
