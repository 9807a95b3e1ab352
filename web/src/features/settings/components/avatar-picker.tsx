import { useEffect, useRef, useState } from 'react';
import { Avatar } from '@/components/ui/avatar';
import { updateSelf, useSelf } from '@/hooks/session-store';
import { errorText, toApiError } from '@/lib/api-error';
import { acceptedImages, unfitImage, uploadImage } from '@/lib/upload-image';
import { updateMe } from '../api/update-me';

/** The user's picture, and a way to change it. */
export function AvatarPicker() {
  const user = useSelf();
  const picker = useRef<HTMLInputElement>(null);
  const { progress, failure, upload, cancel } = useAvatarUpload();
  const busy = progress !== null;
  return (
    <div className="flex items-center gap-5">
      <Avatar name={user.fullName} url={user.avatarUrl} size="xl" />
      <div className="min-w-0 space-y-2">
        <input
          ref={picker}
          type="file"
          aria-label="Picture"
          accept={acceptedImages.join(',')}
          hidden
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file !== undefined) void upload(file);
            event.target.value = '';
          }}
        />
        <button type="button" className="btn btn-sm" disabled={busy} onClick={() => picker.current?.click()}>
          Change picture
        </button>
        {busy && (
          <div className="flex items-center gap-2">
            <progress aria-label="Uploading picture" className="progress progress-primary w-36" value={Math.round(progress * 100)} max={100} />
            <button type="button" className="btn btn-ghost btn-xs" onClick={cancel}>
              Cancel
            </button>
          </div>
        )}
        {failure === null ? (
          <p className="text-sm text-muted">JPEG, PNG, GIF or WebP, up to 10 MB.</p>
        ) : (
          <p role="alert" className="text-sm text-error">
            {failure}
          </p>
        )}
      </div>
    </div>
  );
}

function useAvatarUpload() {
  /** The part sent, null while nothing is under way. */
  const [progress, setProgress] = useState<number | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);

  const upload = async (file: File) => {
    const unfit = unfitImage(file);
    setFailure(unfit);
    if (unfit !== null) return;
    const abort = new AbortController();
    controller.current = abort;
    setProgress(0);
    try {
      const { id } = await uploadImage(file, abort.signal, setProgress);
      updateSelf(await updateMe({ avatarUploadId: id }));
    } catch (error) {
      if (toApiError(error).kind !== 'cancelled') setFailure(errorText(error));
    } finally {
      setProgress(null);
    }
  };
  return { progress, failure, upload, cancel: () => controller.current?.abort() };
}
