import { expect, test } from 'vitest';
import { follow, noTrail, stepsUp, type Trail } from './trail';

function walk(...pushed: string[]): Trail {
  return pushed.reduce((trail, pathname, key) => follow(trail, key === 0 ? 'POP' : 'PUSH', { key: `k${key}`, pathname }), noTrail);
}

test('from a panel one gets back to its chat, also past other panels', () => {
  expect(stepsUp(walk('/', '/c/a', '/c/a/info'), '/c/a')).toBe(1);
  expect(stepsUp(walk('/', '/c/a', '/c/a/info', '/c/a/search'), '/c/a')).toBe(2);
  expect(stepsUp(walk('/c/a', '/c/b/info'), '/c/b')).toBeNull();
  expect(stepsUp(walk('/c/a', '/settings', '/c/a/info'), '/c/a')).toBeNull();
});

test('from anywhere one gets back to the list, if one came from there', () => {
  expect(stepsUp(walk('/', '/c/a', '/c/a/pins', '/c/a'), '/')).toBe(3);
  expect(stepsUp(walk('/c/a', '/c/b'), '/')).toBeNull();
  expect(stepsUp(noTrail, '/')).toBeNull();
});

test('the trail follows steps back, other ways from there, and pages in place of others', () => {
  const there = walk('/', '/c/a', '/c/a/info');
  const back = follow(there, 'POP', { key: 'k0', pathname: '/' });
  expect(stepsUp(follow(back, 'POP', { key: 'k2', pathname: '/c/a/info' }), '/')).toBe(2);
  const other = follow(back, 'PUSH', { key: 'k9', pathname: '/c/b' });
  expect(other.stops.map(({ pathname }) => pathname)).toEqual(['/', '/c/b']);
  expect(follow(other, 'REPLACE', { key: 'k10', pathname: '/c/c' }).stops.map(({ pathname }) => pathname)).toEqual(['/', '/c/c']);
  expect(follow(other, 'POP', { key: 'unknown', pathname: '/settings' }).stops).toHaveLength(1);
});
