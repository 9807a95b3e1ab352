import { describe, expect, test } from 'vitest';
import { mentionQuery, nameFor, withIds, withNames } from './mentions';

describe('mentionQuery', () => {
  test.each([
    ['@', { start: 0, query: '' }],
    ['hello @gra', { start: 6, query: 'gra' }],
    ['(@Grace Ho', { start: 1, query: 'Grace Ho' }],
    ['ada@example', null],
    ['@ nobody', null],
    ['@a\nb', null],
    ['@a  b', null],
    [`@${'x'.repeat(50)}`, null],
    ['nobody', null],
    ['', null],
  ])('of %j', (text, found) => {
    expect(mentionQuery(text, text.length)).toEqual(found);
  });

  test('looks only before the cursor', () => {
    expect(mentionQuery('@gra and @ada', 4)).toEqual({ start: 0, query: 'gra' });
  });
});

test('names that were chosen become ids, the longest first, and only whole ones', () => {
  const named = { Ann: 'a', 'Ann Lee': 'l', 'C++ (x)': 'c', all: 'all' };
  expect(withIds('@Ann Lee, @Ann! @Anna @C++ (x) @all @Bob', named)).toBe('<@l>, <@a>! @Anna <@c> <@all> @Bob');
  expect(withIds('@all', {})).toBe('@all');
});

test('an edited text shows names, and becomes the same again', () => {
  const sent = 'ask <@a1> or <@a2>, <@all>';
  const { text, named } = withNames(sent, () => 'Ann Lee');
  expect(text).toBe('ask @Ann Lee or @Ann Lee (2), @all');
  expect(withIds(text, named)).toBe(sent);
});

test('one of the same name gets a number', () => {
  expect(nameFor('Ann', 'a2', { Ann: 'a1' })).toBe('Ann (2)');
  expect(nameFor('Ann', 'a1', { Ann: 'a1' })).toBe('Ann');
});
