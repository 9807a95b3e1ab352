import { describe, expect, it } from 'vitest';
import { reactionsOf } from './reactions-of';

const nameOf = (id: string) => id.toUpperCase();
const names = (...ids: string[]) => reactionsOf({ reactions: { '👍': ids } }, 'me', nameOf)[0]?.names;

describe('reactionsOf', () => {
  it('puts the most frequent first, and says which are one’s own', () => {
    const found = reactionsOf({ reactions: { '🎉': ['ada'], '👍': ['ada', 'me'] } }, 'me', nameOf);
    expect(found.map(({ emoji, count, own }) => [emoji, count, own])).toEqual([
      ['👍', 2, true],
      ['🎉', 1, false],
    ]);
  });

  it('names who reacted, oneself first, and not all of many', () => {
    expect(names('ada')).toBe('ADA');
    expect(names('ada', 'me')).toBe('You and ADA');
    expect(names('a', 'b', 'me')).toBe('You, A and B');
    expect(names(...'abcdefghij')).toBe('A, B, C, D, E, F, G, H and 2 others');
  });
});
