import { describeFiles } from '@/lib/describe-files';
import type { Message } from '@/lib/wire';

/** A message in one line. */
export function summaryOf({ text, attachments, deletedAt }: Pick<Message, 'text' | 'attachments' | 'deletedAt'>): string {
  if (deletedAt !== null) return 'Message deleted';
  if (text !== '') return text.replaceAll(/\s+/gu, ' ');
  return describeFiles(attachments);
}
