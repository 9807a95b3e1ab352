import { http } from './http';
import { limits, type Attachment } from './wire';

export const acceptedImages = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

const megabyte = 1024 * 1024;

/** Why the server would not take the file; null if it may. */
export function unfitImage(file: File): string | null {
  if (!acceptedImages.includes(file.type)) return 'Only JPEG, PNG, GIF and WebP images can be sent.';
  if (file.size > limits.upload) return `Images can have at most ${limits.upload / megabyte} MB.`;
  return null;
}

/** Uploads one image; `onProgress` hears of the part sent, from 0 to 1. */
export async function uploadImage(file: File, signal: AbortSignal, onProgress: (part: number) => void): Promise<Attachment> {
  const form = new FormData();
  form.append('file', file, file.name);
  const { data } = await http.post<Attachment>('/uploads', form, {
    signal,
    // A large picture on a slow line takes its time; it can be cancelled.
    timeout: 0,
    onUploadProgress: ({ progress }) => onProgress(progress ?? 0),
  });
  return data;
}
