/**
 * The files that were pasted. Office programs put a picture of the text beside the text: then the text is meant.
 */
export function pastedFiles(clipboard: Pick<DataTransfer, 'types' | 'files'>): File[] {
  const files = [...clipboard.files];
  const textToo = clipboard.types.includes('text/plain') || clipboard.types.includes('text/rtf');
  return textToo && files.every(({ type }) => type.startsWith('image/')) ? [] : files;
}
