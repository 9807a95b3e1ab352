import { describeFiles } from '@/lib/describe-files';
import { plainText } from '@/lib/rich-text';
import type { Attachment, Conversation } from '@/lib/wire';
import type { PendingMessage } from '@/sync/outbox';

/** The one line under a conversation's name. */
export function previewOf(summary: Conversation, pending: PendingMessage | null, self: string): string {
  const contentOf = (text: string, attachments: readonly Attachment[]) => {
    if (text !== '') return plainText(text, (userId) => summary.members.find((member) => member.userId === userId)?.fullName ?? 'somebody');
    return describeFiles(attachments);
  };
  if (pending !== null) {
    return pending.state === 'failed' ? 'Not sent: needs your attention' : `You: ${contentOf(pending.text, pending.attachments)}`;
  }
  const last = summary.lastMessage;
  if (last === null) return 'No messages yet';
  const content = last.deletedAt === null ? contentOf(last.text, last.attachments) : 'Message deleted';
  return last.senderId === self ? `You: ${content}` : content;
}
