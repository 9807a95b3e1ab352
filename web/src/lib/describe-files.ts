import { isImage } from './file-kind';
import type { Attachment } from './wire';

/** What a message without words carries, in some words: Photo, 3 photos, report.pdf, 2 files. */
export function describeFiles(files: readonly Pick<Attachment, 'name' | 'mime'>[]): string {
  const [only] = files;
  if (files.every(isImage)) return files.length === 1 ? 'Photo' : `${files.length} photos`;
  return files.length === 1 ? only?.name || 'File' : `${files.length} files`;
}
