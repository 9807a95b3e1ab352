import { useEffect, useRef, useState } from 'react';
import { errorText, toApiError } from '@/lib/api-error';
import { acceptedImages, isPicture, unfitImage, uploadFile } from '@/lib/upload-file';
import { Avatar } from './ui/avatar';
import { BusyButton } from './ui/busy-button';

interface AvatarPickerProps {
  name: string;
  url: string | null;
  /** Takes the picture that has been uploaded; a failure shows here. */
  onPicked: (uploadId: string, file: File) => Promise<void>;
}

/** A picture, and a way to change it. */
export function AvatarPicker({ name, url, onPicked }: AvatarPickerProps) {
  const picker = useRef<HTMLInputElement>(null);
  const { progress, failure, upload, cancel } = useAvatarUpload(onPicked);
  const busy = progress !== null;
  return (
    <div className="flex items-center gap-5">
      <Avatar name={name} url={url} size="xl" />
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
        <BusyButton className="btn-sm" busy={false} idle={busy} onClick={() => picker.current?.click()}>
          Change picture
        </BusyButton>
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

function useAvatarUpload(onPicked: AvatarPickerProps['onPicked']) {
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
      if (!(await isPicture(file))) {
        setFailure('This file is no picture, or it is damaged.');
        return;
      }
      const { id } = await uploadFile(file, abort.signal, setProgress);
      await onPicked(id, file);
    } catch (error) {
      if (toApiError(error).kind !== 'cancelled') setFailure(errorText(error));
    } finally {
      setProgress(null);
    }
  };
  return { progress, failure, upload, cancel: () => controller.current?.abort() };
}
