import { clsx } from 'clsx';
import { RotateCw, X } from 'lucide-react';
import { formatBytes } from '@/lib/format-bytes';
import type { Upload } from '../upload-trays';
import type { Uploads } from '../use-uploads';
import { FileIcon } from './file-icon';
import { FileName } from './file-name';

/** The files that go with the message: how far each is, and how to take it back. */
export function UploadTray({ files }: { files: Uploads }) {
  const { uploads, refusals, remove, retry } = files;
  if (uploads.length === 0 && refusals.length === 0) return null;
  return (
    <div className="space-y-2 px-3 pt-3 text-sm">
      {uploads.length > 0 && (
        <ul aria-label="Files to send" className="flex max-h-44 flex-wrap gap-2 overflow-y-auto">
          {uploads.map((upload) => (
            <UploadItem key={upload.id} upload={upload} onRemove={() => remove(upload.id)} onRetry={() => retry(upload.id)} />
          ))}
        </ul>
      )}
      {refusals.length > 0 && (
        <div role="alert" className="text-error">
          {refusals.map((text) => (
            <p key={text} className="break-words">
              {text}
            </p>
          ))}
        </div>
      )}
      <p role="status" className="text-xs text-muted empty:hidden">
        {waitsFor(uploads)}
      </p>
    </div>
  );
}

/** Why the message can't go yet. */
function waitsFor(uploads: readonly Upload[]): string {
  const failed = uploads.filter(({ state }) => state === 'failed').length;
  const left = uploads.filter(({ state }) => state === 'waiting' || state === 'uploading').length;
  if (failed > 0) return `${failed === 1 ? 'A file was' : `${failed} files were`} not uploaded: try again, or remove ${failed === 1 ? 'it' : 'them'}, to send.`;
  return left === 0 ? '' : `You can send when ${left === 1 ? 'the upload is' : `${left} uploads are`} through.`;
}

interface UploadItemProps {
  upload: Upload;
  onRemove: () => void;
  onRetry: () => void;
}

function UploadItem({ upload, onRemove, onRetry }: UploadItemProps) {
  const { file, state } = upload;
  const under = state === 'waiting' || state === 'uploading';
  return (
    <li
      className={clsx(
        'flex w-full items-center gap-2.5 rounded-box border p-1.5 pr-1 sm:w-64',
        state === 'failed' ? 'border-error/60' : 'border-base-300/80',
      )}
    >
      <Picture upload={upload} />
      <div className="min-w-0 flex-1">
        <FileName name={file.name} />
        <Progress upload={upload} />
      </div>
      {state === 'failed' && (
        <button type="button" aria-label={`Upload ${file.name} again`} title="Try again" className="btn btn-circle btn-ghost btn-sm" onClick={onRetry}>
          <RotateCw className="size-4" aria-hidden="true" />
        </button>
      )}
      <button
        type="button"
        aria-label={under ? `Cancel uploading ${file.name}` : `Remove ${file.name}`}
        title={under ? 'Cancel' : 'Remove'}
        className="btn btn-circle btn-ghost btn-sm"
        onClick={onRemove}
      >
        <X className="size-4" aria-hidden="true" />
      </button>
    </li>
  );
}

function Picture({ upload: { file, preview, state } }: { upload: Upload }) {
  if (preview !== null) {
    return <img src={preview} alt="" className={clsx('size-11 shrink-0 rounded-lg object-cover', state !== 'done' && 'opacity-50')} />;
  }
  return (
    <span className="flex size-11 shrink-0 items-center justify-center rounded-lg bg-primary/10 text-primary">
      <FileIcon name={file.name} mime={file.type} className="size-5" />
    </span>
  );
}

function Progress({ upload: { file, state, progress, failure } }: { upload: Upload }) {
  const size = formatBytes(file.size);
  if (state === 'failed') return <p className="text-xs text-error">{failure}</p>;
  if (state !== 'uploading') return <p className="text-xs text-muted">{state === 'waiting' ? `${size}, waiting` : size}</p>;
  const percent = Math.round(progress * 100);
  return (
    <div className="flex items-center gap-2 text-xs text-muted tabular-nums">
      <progress aria-label={`Uploading ${file.name}`} className="progress progress-primary min-w-0 flex-1" value={percent} max={100} />
      <span className="shrink-0">
        {percent} % of {size}
      </span>
    </div>
  );
}
