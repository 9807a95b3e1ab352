import type { Highlight } from './api/search-messages';

export interface Segment {
  text: string;
  found: boolean;
}

/** Code units before the first find, and in all. */
const before = 40;
const longest = 220;

/** The part of a text around what was found first, cut into what was found and what stands between. */
export function excerpt(text: string, highlights: readonly Highlight[]): Segment[] {
  const ranges = highlights.filter(({ start, length }) => start >= 0 && length > 0 && start + length <= text.length).toSorted((a, b) => a.start - b.start);
  const from = startOf(text, ranges[0]?.start ?? 0);
  const to = whole(text, Math.min(text.length, from + longest));
  const segments: Segment[] = [];
  let at = from;
  const add = (end: number, found: boolean) => {
    if (end > at) segments.push({ text: text.slice(at, end), found });
    at = Math.max(at, end);
  };
  for (const { start, length } of ranges) {
    if (start >= to) break;
    add(start, false);
    add(Math.min(to, start + length), true);
  }
  add(to, false);
  if (from > 0) segments.unshift({ text: '…', found: false });
  if (to < text.length) segments.push({ text: '…', found: false });
  return segments;
}

/** Where the excerpt begins: at a word, if one is near. */
function startOf(text: string, first: number): number {
  if (first <= before) return 0;
  const near = whole(text, first - before);
  const space = text.slice(near, first).search(/\s/u);
  return space < 0 ? near : near + space + 1;
}

/** The place, or the one before it, where no pair of surrogates is cut. */
function whole(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text.charAt(at)) && /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) ? at - 1 : at;
}
