const units = ['KB', 'MB', 'GB'];

/** A size for people, in powers of 1024 as the limits are: 512 bytes, 1.4 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  let size = bytes / 1024;
  let unit = 0;
  // What would be rounded to 1024 belongs to the next unit.
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size < 9.95 ? trimmed(size) : Math.round(size)} ${units[unit] ?? ''}`;
}

function trimmed(size: number): string {
  return size.toFixed(1).replace('.0', '');
}
