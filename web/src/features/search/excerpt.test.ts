import { expect, test } from 'vitest';
import { excerpt } from './excerpt';

const marked = (text: string, ...ranges: [number, number][]) =>
  excerpt(text, ranges.map(([start, length]) => ({ start, length })))
    .map(({ text, found }) => (found ? `[${text}]` : text))
    .join('');

test('what was found is marked, in code units', () => {
  expect(marked('Note G is there', [0, 4])).toBe('[Note] G is there');
  expect(marked('😀 notes 😀 more notes', [3, 5], [17, 5])).toBe('😀 [notes] 😀 more [notes]');
  expect(marked('no words', [0, 0])).toBe('no words');
});

test('ranges out of order, overlapping or beyond the text do no harm', () => {
  expect(marked('abcdef', [3, 2], [0, 2])).toBe('[ab]c[de]f');
  expect(marked('abcdef', [0, 4], [2, 3])).toBe('[abcd][e]f');
  expect(marked('abc', [2, 9], [-1, 2])).toBe('abc');
});

test('long texts are cut around the first find, and no letter in two', () => {
  const text = `${'word '.repeat(60)}needle ${'😀'.repeat(300)}`;
  const cut = marked(text, [300, 6]);
  expect(cut.startsWith('…word ')).toBe(true);
  expect(cut).toContain('[needle]');
  expect(cut.endsWith('😀…')).toBe(true);
  expect(() => encodeURIComponent(cut)).not.toThrow();
});
