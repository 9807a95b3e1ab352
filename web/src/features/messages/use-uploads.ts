import { useCallback, useEffect, useRef, useState } from 'react';
import { errorText, toApiError } from '@/lib/api-error';
import { randomId } from '@/lib/ids';
import { toast } from '@/lib/toasts';
import { unfitImage, uploadImage } from '@/lib/upload-image';
import { limits, type Attachment } from '@/lib/wire';

/** A picture that is about to be sent. */
export interface Upload {
  id: string;
  file: File;
  /** An object URL of the file. */
  preview: string;
  state: 'uploading' | 'done' | 'failed';
  /** The part sent, from 0 to 1. */
  progress: number;
  attachment: Attachment | null;
  failure: string | null;
}

/** The pictures of one message: each uploads at once, so that sending does not wait. */
export function useUploads() {
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const running = useRef(new Map<string, AbortController>());
  const previews = useRef(new Set<string>());

  useEffect(() => {
    const controllers = running.current;
    const urls = previews.current;
    return () => {
      for (const controller of controllers.values()) controller.abort();
      for (const url of urls) URL.revokeObjectURL(url);
    };
  }, []);

  const update = useCallback((id: string, change: Partial<Upload>) => {
    setUploads((all) => all.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }, []);

  const start = useCallback(
    async ({ id, file }: Upload) => {
      const controller = new AbortController();
      running.current.set(id, controller);
      try {
        const attachment = await uploadImage(file, controller.signal, (progress) => update(id, { progress }));
        update(id, { state: 'done', progress: 1, attachment });
      } catch (error) {
        if (toApiError(error).kind !== 'cancelled') update(id, { state: 'failed', failure: errorText(error) });
      } finally {
        running.current.delete(id);
      }
    },
    [update],
  );

  const add = useCallback(
    (files: readonly File[]) => {
      const room = limits.attachments - uploads.length;
      const unfit = files.map(unfitImage).find((reason) => reason !== null);
      if (unfit !== undefined) toast('error', unfit);
      const added = files.filter((file) => unfitImage(file) === null).slice(0, Math.max(0, room)).map(toUpload);
      for (const upload of added) {
        previews.current.add(upload.preview);
        void start(upload);
      }
      setUploads((all) => [...all, ...added]);
    },
    [start, uploads.length],
  );

  const remove = useCallback((id: string) => {
    running.current.get(id)?.abort();
    setUploads((all) => all.filter((upload) => upload.id !== id));
  }, []);

  const retry = useCallback(
    (upload: Upload) => {
      update(upload.id, { state: 'uploading', progress: 0, failure: null });
      void start(upload);
    },
    [start, update],
  );

  const clear = useCallback(() => setUploads([]), []);
  return { uploads, add, remove, retry, clear };
}

function toUpload(file: File): Upload {
  const preview = URL.createObjectURL(file);
  return { id: randomId(), file, preview, state: 'uploading', progress: 0, attachment: null, failure: null };
}
