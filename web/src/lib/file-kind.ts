import type { Attachment } from './wire';

export type FileKind = 'image' | 'video' | 'audio' | 'document' | 'table' | 'slides' | 'archive' | 'code' | 'file';

const byEnding: readonly [FileKind, RegExp][] = [
  ['document', /\.(?:pdf|docx?|odt|rtf|txt|md|pages|epub)$/iu],
  ['table', /\.(?:xlsx?|ods|csv|tsv|numbers)$/iu],
  ['slides', /\.(?:pptx?|odp|key)$/iu],
  ['archive', /\.(?:zip|gz|tgz|bz2|xz|zst|7z|rar|tar|jar)$/iu],
  ['video', /\.(?:mp4|mov|mkv|webm|avi|m4v)$/iu],
  ['audio', /\.(?:mp3|m4a|ogg|opus|wav|flac|aac)$/iu],
  ['code', /\.(?:html?|xml|svg|css|jsx?|tsx?|json|ya?ml|toml|go|rs|py|java|kt|c|h|cpp|cs|rb|php|sh|sql)$/iu],
  ['image', /\.(?:png|jpe?g|gif|webp|avif|heic|tiff?|bmp)$/iu],
];

const byType: readonly [FileKind, RegExp][] = [
  ['video', /^video\//u],
  ['audio', /^audio\//u],
  ['document', /^(?:text\/plain|application\/pdf)$/u],
];

/** What sort of file it is, by its name, or else by what its owner said. */
export function fileKind({ name, mime }: Pick<Attachment, 'name' | 'mime'>): FileKind {
  const named = byEnding.find(([, pattern]) => pattern.test(name));
  return (named ?? byType.find(([, pattern]) => pattern.test(mime)))?.[0] ?? 'file';
}

/** Whether it can be shown: only what the server has encoded anew has such a type. */
export function isImage({ mime }: Pick<Attachment, 'mime'>): boolean {
  return mime.startsWith('image/');
}

/** The ending in capitals, for where a name is cut: PDF; '' without one. */
export function fileEnding(name: string): string {
  return /[^.]\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1]?.toUpperCase() ?? '';
}
