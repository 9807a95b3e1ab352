import { mentionParts } from '@/lib/rich-text';

/** Whom a text being written names: by the name behind its @, the id of the user, or `all`. */
export type Named = Readonly<Record<string, string>>;

export interface MentionQuery {
  /** Where the @ is. */
  start: number;
  query: string;
}

/** A name is looked for while this much or less of it is typed. */
const longestQuery = 40;

/** What is being typed behind an @ before the cursor; null if nothing is. */
export function mentionQuery(text: string, caret: number): MentionQuery | null {
  const start = text.lastIndexOf('@', caret - 1);
  if (start < 0 || caret - start > longestQuery) return null;
  if (start > 0 && !/[\s([{"'*_~]/u.test(text.charAt(start - 1))) return null;
  const query = text.slice(start + 1, caret);
  return /^\s|\n|\s{2}/u.test(query) ? null : { start, query };
}

/** The name to write for somebody: another one of the same name has a number behind it. */
export function nameFor(fullName: string, id: string, named: Named): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? fullName : `${fullName} (${n})`;
    if (named[name] === undefined || named[name] === id) return name;
  }
}

/** The text as it is sent: `@Ada Lovelace` becomes `<@ID>` where Ada was chosen from the list. */
export function withIds(text: string, named: Named): string {
  const names = Object.keys(named).toSorted((a, b) => b.length - a.length);
  if (names.length === 0) return text;
  const any = new RegExp(`@(${names.map((name) => name.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)).join('|')})(?![\\p{L}\\p{N}])`, 'gu');
  return text.replaceAll(any, (_, name: string) => `<@${named[name]}>`);
}

/** A sent text as it is written: the other way round. */
export function withNames(text: string, nameOf: (userId: string) => string): { text: string; named: Named } {
  const named: Record<string, string> = {};
  const write = (id: string, fullName: string) => {
    const name = nameFor(fullName, id, named);
    named[name] = id;
    return `@${name}`;
  };
  const parts = mentionParts(text).map((part) => {
    if (part.kind === 'text') return part.text;
    return part.kind === 'mention' ? write(part.userId, nameOf(part.userId)) : write('all', 'all');
  });
  return { text: parts.join(''), named };
}
