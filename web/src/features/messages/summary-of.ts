import { describeFiles } from '@/lib/describe-files';
import { plainText } from '@/lib/rich-text';
import type { Message } from '@/lib/wire';

/** A message in one line. */
export function summaryOf({ text, attachments, deletedAt }: Pick<Message, 'text' | 'attachments' | 'deletedAt'>, nameOf: (userId: string) => string): string {
  if (deletedAt !== null) return 'Message deleted';
  if (text !== '') return plainText(text, nameOf);
  return describeFiles(attachments);
}
