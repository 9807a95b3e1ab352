import { Download } from 'lucide-react';
import { fileEnding } from '@/lib/file-kind';
import { formatBytes } from '@/lib/format-bytes';
import type { Attachment } from '@/lib/wire';
import { FileIcon } from './file-icon';
import { FileName } from './file-name';

/** The files of a message, to be saved: none is opened here, whatever it is. */
export function MessageFiles({ files }: { files: readonly Attachment[] }) {
  return (
    <ul className="flex w-72 max-w-full flex-col gap-1">
      {files.map((file) => (
        <li key={file.id}>
          <FileCard file={file} />
        </li>
      ))}
    </ul>
  );
}

function FileCard({ file }: { file: Attachment }) {
  const name = file.name || 'file';
  const ending = fileEnding(name);
  return (
    <a
      href={file.url}
      download={name}
      rel="noopener noreferrer"
      className="flex items-center gap-3 rounded-[0.8rem] bg-current/8 p-2 pr-3 transition-colors hover:bg-current/14"
    >
      <span className="sr-only">
        Download {name}, {formatBytes(file.bytes)}
      </span>
      <span aria-hidden="true" className="flex size-10 shrink-0 items-center justify-center rounded-lg bg-current/10">
        <FileIcon name={name} mime={file.mime} className="size-5" />
      </span>
      <span aria-hidden="true" className="min-w-0 flex-1 leading-snug">
        <FileName name={name} />
        <span className="block text-xs">
          {formatBytes(file.bytes)}
          {ending !== '' && ` · ${ending}`}
        </span>
      </span>
      <Download className="size-4 shrink-0 opacity-85" aria-hidden="true" />
    </a>
  );
}
