import { useCallback } from 'react';
import { useSyncState } from '@/hooks/sync-context';
import { limits } from '@/lib/wire';
import { emptyTray, uploadTrays, useUploadTrays, type Upload } from './upload-trays';

/** The files of the message that is being written, each uploading at once, so that sending does not wait. */
export interface Uploads {
  uploads: readonly Upload[];
  /** What was not taken, and why. */
  refusals: readonly string[];
  add: (files: readonly File[]) => void;
  remove: (id: string) => void;
  retry: (id: string) => void;
  /** The message is on its way: the tray is empty again. */
  clear: () => void;
  full: boolean;
}

/** The files go on uploading, and stay, while the user looks elsewhere. */
export function useUploads(conversationId: string): Uploads {
  const self = useSyncState((state) => state.self);
  const key = `${self} ${conversationId}`;
  const { uploads, refusals } = useUploadTrays((trays) => trays[key] ?? emptyTray);
  const add = useCallback((files: readonly File[]) => uploadTrays.add(key, files), [key]);
  const remove = useCallback((id: string) => uploadTrays.remove(key, id), [key]);
  const retry = useCallback((id: string) => uploadTrays.retry(key, id), [key]);
  const clear = useCallback(() => uploadTrays.clear(key), [key]);
  return { uploads, refusals, add, remove, retry, clear, full: uploads.length >= limits.attachments };
}
