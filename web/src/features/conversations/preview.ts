import { describeFiles } from '@/lib/describe-files';
import type { Attachment, Conversation } from '@/lib/wire';
import type { PendingMessage } from '@/sync/outbox';

/** The one line under a conversation's name. */
export function previewOf(summary: Conversation, pending: PendingMessage | null, self: string): string {
  if (pending !== null) {
    return pending.state === 'failed' ? 'Not sent: needs your attention' : `You: ${contentOf(pending.text, pending.attachments)}`;
  }
  const last = summary.lastMessage;
  if (last === null) return 'No messages yet';
  const content = last.deletedAt === null ? contentOf(last.text, last.attachments) : 'Message deleted';
  return last.senderId === self ? `You: ${content}` : content;
}

function contentOf(text: string, attachments: readonly Attachment[]): string {
  if (text !== '') return text.replace(/\s+/gu, ' ');
  return describeFiles(attachments);
}
