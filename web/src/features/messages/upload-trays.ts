import { create } from 'zustand';
import { toApiError } from '@/lib/api-error';
import { isImage } from '@/lib/file-kind';
import { randomId } from '@/lib/ids';
import { unfitFile, uploadFailure, uploadFile } from '@/lib/upload-file';
import { limits, type Attachment } from '@/lib/wire';

/** A file that is about to be sent. */
export interface Upload {
  id: string;
  file: File;
  /** An object URL of the picture; null for other files. */
  preview: string | null;
  state: 'waiting' | 'uploading' | 'done' | 'failed';
  /** The part sent, from 0 to 1. */
  progress: number;
  attachment: Attachment | null;
  failure: string | null;
}

/** The files of one unsent message. */
export interface Tray {
  uploads: readonly Upload[];
  refusals: readonly string[];
}

export const emptyTray: Tray = { uploads: [], refusals: [] };

/** By user and conversation. */
export const useUploadTrays = create<Readonly<Record<string, Tray>>>()(() => ({}));

/** Uploads at a time in one tray: more would only make each slower. */
const atOnce = 3;

const running = new Map<string, AbortController>();

function trayOf(key: string): Tray {
  return useUploadTrays.getState()[key] ?? emptyTray;
}

function setTray(key: string, change: Partial<Tray>): void {
  useUploadTrays.setState({ [key]: { ...trayOf(key), ...change } });
}

function update(key: string, id: string, change: Partial<Upload>): void {
  const { uploads } = trayOf(key);
  const at = uploads.findIndex((upload) => upload.id === id);
  const before = uploads[at];
  if (before !== undefined) setTray(key, { uploads: uploads.with(at, { ...before, ...change }) });
}

/** Lets as many start as may. */
function pump(key: string): void {
  const { uploads } = trayOf(key);
  const free = atOnce - uploads.filter(({ state }) => state === 'uploading').length;
  const next = uploads.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, free));
  for (const upload of next) {
    update(key, upload.id, { state: 'uploading', progress: 0 });
    void run(key, upload);
  }
}

async function run(key: string, { id, file }: Upload): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const attachment = await uploadFile(file, controller.signal, (progress) => update(key, id, { progress }));
    update(key, id, { state: 'done', progress: 1, attachment });
  } catch (error) {
    if (toApiError(error).kind !== 'cancelled') update(key, id, { state: 'failed', failure: uploadFailure(error) });
  } finally {
    running.delete(id);
    pump(key);
  }
}

function add(key: string, files: readonly File[]): void {
  const { uploads } = trayOf(key);
  const reasons = files.map((file) => ({ file, reason: unfitFile(file) }));
  const fit = reasons.filter(({ reason }) => reason === null).map(({ file }) => file);
  const room = Math.max(0, limits.attachments - uploads.length);
  const refusals = reasons.flatMap(({ file, reason }) => (reason === null ? [] : [`${file.name} ${reason}.`]));
  if (fit.length > room) refusals.push(`A message can have ${limits.attachments} files: ${names(fit.slice(room))} left out.`);
  setTray(key, { uploads: [...uploads, ...fit.slice(0, room).map(toUpload)], refusals });
  pump(key);
}

function names(left: readonly File[]): string {
  return left.length === 1 ? `${left[0]?.name} was` : `${left.length} were`;
}

function remove(key: string, id: string): void {
  running.get(id)?.abort();
  const { uploads } = trayOf(key);
  forget(uploads.filter((upload) => upload.id === id));
  setTray(key, { uploads: uploads.filter((upload) => upload.id !== id), refusals: [] });
  pump(key);
}

function retry(key: string, id: string): void {
  update(key, id, { state: 'waiting', progress: 0, failure: null });
  pump(key);
}

function clear(key: string): void {
  forget(trayOf(key).uploads);
  setTray(key, emptyTray);
}

function clearAll(): void {
  for (const key of Object.keys(useUploadTrays.getState())) clear(key);
}

/** What happens to the trays; they are there whether somebody looks or not. */
export const uploadTrays = { add, remove, retry, clear, clearAll };

/** Has the browser ask whether to leave the page: unlike texts, files are not kept. */
function askToStay(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

useUploadTrays.subscribe((trays) => {
  if (Object.values(trays).some(({ uploads }) => uploads.length > 0)) window.addEventListener('beforeunload', askToStay);
  else window.removeEventListener('beforeunload', askToStay);
});

function forget(uploads: readonly Upload[]): void {
  for (const { preview } of uploads) if (preview !== null) URL.revokeObjectURL(preview);
}

function toUpload(file: File): Upload {
  // A vector picture is a program; as a preview of one's own file it runs nothing, but it is sent as a file.
  const preview = isImage({ mime: file.type }) ? URL.createObjectURL(file) : null;
  return { id: randomId(), file, preview, state: 'waiting', progress: 0, attachment: null, failure: null };
}
