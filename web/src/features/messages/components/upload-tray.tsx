import { clsx } from 'clsx';
import { RotateCw, X } from 'lucide-react';
import type { Upload, useUploads } from '../use-uploads';

interface UploadTrayProps {
  pictures: ReturnType<typeof useUploads>;
}

/** The pictures that go with the message: how far each is, and how to take it back. */
export function UploadTray({ pictures }: UploadTrayProps) {
  const { uploads, remove, retry } = pictures;
  if (uploads.length === 0) return null;
  const failure = uploads.find((upload) => upload.failure !== null)?.failure ?? null;
  return (
    <div className="px-3 pt-3">
      <ul aria-label="Images to send" className="flex flex-wrap gap-2">
        {uploads.map((upload) => (
          <UploadItem key={upload.id} upload={upload} onRemove={() => remove(upload.id)} onRetry={() => retry(upload)} />
        ))}
      </ul>
      {failure !== null && (
        <p role="alert" className="mt-2 text-sm text-error">
          {failure}
        </p>
      )}
    </div>
  );
}

interface UploadItemProps {
  upload: Upload;
  onRemove: () => void;
  onRetry: () => void;
}

function UploadItem({ upload, onRemove, onRetry }: UploadItemProps) {
  const { file, preview, state, progress } = upload;
  const percent = Math.round(progress * 100);
  return (
    <li className="relative size-20">
      <img
        src={preview}
        alt={file.name}
        className={clsx('size-full rounded-xl object-cover', state !== 'done' && 'opacity-50', state === 'failed' && 'ring-2 ring-error')}
      />
      {state === 'uploading' && (
        <progress
          aria-label={`Uploading ${file.name}`}
          className="progress progress-primary absolute inset-x-2 bottom-2 w-auto"
          value={percent}
          max={100}
        />
      )}
      {state === 'failed' && (
        <button
          type="button"
          aria-label={`Upload ${file.name} again`}
          className="btn btn-circle btn-sm absolute inset-0 m-auto"
          onClick={onRetry}
        >
          <RotateCw className="size-4" aria-hidden="true" />
        </button>
      )}
      <button
        type="button"
        aria-label={state === 'uploading' ? `Cancel uploading ${file.name}` : `Remove ${file.name}`}
        className="btn btn-circle btn-xs btn-neutral absolute -top-1.5 -right-1.5"
        onClick={onRemove}
      >
        <X className="size-3.5" aria-hidden="true" />
      </button>
    </li>
  );
}
