// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '@/lib/api-error';
import { uploadFile } from '@/lib/upload-file';
import { limits, type Attachment } from '@/lib/wire';
import { uploadTrays, useUploadTrays } from './upload-trays';

vi.mock('@/lib/upload-file', async (original) => ({ ...(await original<object>()), uploadFile: vi.fn<typeof uploadFile>() }));

interface Running {
  file: File;
  signal: AbortSignal;
  progress: (part: number) => void;
  done: (attachment: Attachment) => void;
  fail: (error: unknown) => void;
}

const key = 'ada room';
let running: Running[] = [];

beforeEach(() => {
  running = [];
  uploadTrays.clear(key);
  vi.mocked(uploadFile).mockImplementation((file, signal, progress) => {
    return new Promise((done, fail) => {
      signal.addEventListener('abort', () => fail(new ApiError('Cancelled', 'cancelled', 0, '')));
      running.push({ file, signal, progress, done, fail });
    });
  });
});

const tray = () => useUploadTrays.getState()[key] ?? { uploads: [], refusals: [] };
const states = () => tray().uploads.map(({ state }) => state);
const settled = () => new Promise((next) => setTimeout(next));
const attachment = (id: string): Attachment => ({ id, url: `/${id}`, thumbnailUrl: '', name: id, mime: 'text/plain', bytes: 1, width: 0, height: 0 });

function file(name: string, size = 10): File {
  const made = new File(['x'], name, { type: 'text/plain' });
  Object.defineProperty(made, 'size', { value: size });
  return made;
}

test('three upload at a time; the next starts when one is through', async () => {
  uploadTrays.add(key, ['a', 'b', 'c', 'd'].map((name) => file(name)));
  expect(states()).toEqual(['uploading', 'uploading', 'uploading', 'waiting']);
  running[1]?.progress(0.5);
  expect(tray().uploads[1]?.progress).toBe(0.5);
  running[1]?.done(attachment('b'));
  await settled();
  expect(states()).toEqual(['uploading', 'done', 'uploading', 'uploading']);
  expect(tray().uploads[1]?.attachment?.id).toBe('b');
});

test('a failure is told, and the file stays to be tried again', async () => {
  uploadTrays.add(key, [file('a')]);
  running[0]?.fail(new ApiError('no answer', 'network', 0, ''));
  await settled();
  expect(tray().uploads[0]).toMatchObject({ state: 'failed', failure: 'The connection broke' });
  uploadTrays.retry(key, tray().uploads[0]?.id ?? '');
  expect(tray().uploads[0]).toMatchObject({ state: 'uploading', failure: null });
  running[1]?.done(attachment('a'));
  await settled();
  expect(states()).toEqual(['done']);
});

test('taking a file away stops its upload and lets another start', async () => {
  uploadTrays.add(key, ['a', 'b', 'c', 'd'].map((name) => file(name)));
  uploadTrays.remove(key, tray().uploads[0]?.id ?? '');
  await settled();
  expect(running[0]?.signal.aborted).toBe(true);
  expect(tray().uploads.map(({ file }) => file.name)).toEqual(['b', 'c', 'd']);
  expect(states()).toEqual(['uploading', 'uploading', 'uploading']);
});

test('what is too large or too many is named, and the rest is taken', () => {
  uploadTrays.add(key, [file('film.mov', limits.upload + 1), file('a')]);
  expect(tray().refusals).toEqual(['film.mov is too large: files can have at most 25 MB.']);
  expect(states()).toEqual(['uploading']);
  uploadTrays.add(key, Array.from({ length: limits.attachments }, (_, n) => file(`f${n}`)));
  expect(tray().uploads).toHaveLength(limits.attachments);
  expect(tray().refusals).toEqual(['A message can have 10 files: f9 was left out.']);
});

test('the page asks before it is left with files in a tray, and only then', async () => {
  const leave = () => {
    const event = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(leave()).toBe(false);
  uploadTrays.add(key, [file('a')]);
  uploadTrays.add('ada elsewhere', [file('b')]);
  uploadTrays.remove(key, tray().uploads[0]?.id ?? '');
  expect(leave()).toBe(true);
  uploadTrays.clearAll();
  expect(leave()).toBe(false);
});
