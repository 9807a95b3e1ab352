import { ApiError, errorText, toApiError } from './api-error';
import { formatBytes } from './format-bytes';
import { http } from './http';
import { limits, type Attachment } from './wire';

/** The images that are shown; all others are files. */
export const acceptedImages = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

/** Why the server would not take the file; null if it may. */
export function unfitFile({ type, size }: Pick<File, 'type' | 'size'>): string | null {
  if (size === 0) return 'is empty';
  const most = acceptedImages.includes(type) ? limits.imageUpload : limits.upload;
  if (size <= most) return null;
  return `is too large: ${most === limits.upload ? 'files' : 'images'} can have at most ${formatBytes(most)}`;
}

/** Why the server would not take the file as a picture of somebody; null if it may. */
export function unfitImage({ type, size }: Pick<File, 'type' | 'size'>): string | null {
  if (!acceptedImages.includes(type)) return 'Only JPEG, PNG, GIF and WebP images can be taken.';
  if (size === 0) return 'This file is empty.';
  return size > limits.imageUpload ? `Images can have at most ${formatBytes(limits.imageUpload)}.` : null;
}

/** Whether the file is the picture that its name says it is. */
export async function isPicture(file: Blob): Promise<boolean> {
  try {
    (await createImageBitmap(file)).close();
    return true;
  } catch {
    return false;
  }
}

/** Uploads one file; `onProgress` hears of the part sent, from 0 to 1. */
export async function uploadFile(file: File, signal: AbortSignal, onProgress: (part: number) => void): Promise<Attachment> {
  await expectReadable(file);
  const form = new FormData();
  form.append('file', file, file.name);
  const { data } = await http.post<Attachment>('/uploads', form, {
    signal,
    // A large file on a slow line takes its time; it can be cancelled.
    timeout: 0,
    onUploadProgress: ({ progress }) => onProgress(progress ?? 0),
  });
  return data;
}

/** Why an upload failed, in words for the user. */
export function uploadFailure(error: unknown): string {
  const { status, kind, fields } = toApiError(error);
  if (kind === 'network') return 'The connection broke';
  const wrong = fields.find(({ field }) => field === 'file');
  if (wrong !== undefined) return `The file ${wrong.message}`;
  if (status === 413) return withoutStop(errorText(error)) || 'The file is too large';
  if (status === 415) return 'The server does not take this type of file';
  if (status === 503) return 'The server can’t take files now';
  return withoutStop(errorText(error));
}

/** Folders, and files that have gone since they were picked, would fail as if the network had. */
async function expectReadable(file: File): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new ApiError('the file can’t be read', 'http', 0, 'unreadable');
  }
}

function withoutStop(text: string): string {
  return text.replace(/\.$/u, '');
}
