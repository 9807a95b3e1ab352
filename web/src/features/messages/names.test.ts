import { expect, test } from 'vitest';
import { sampleMember } from '@/sync/testing/samples';
import { namesIn } from './names';

test('members have the name that they have now, those who left the one that came along, and others none', () => {
  const members = [sampleMember('ada', 'Ada Lovelace')];
  const { findName, nameOf } = namesIn(members, { gone: 'Gone Away', ada: 'Ada Byron' });
  expect(findName('ada')).toBe('Ada Lovelace');
  expect(nameOf('gone')).toBe('Gone Away');
  expect(findName('stranger')).toBeUndefined();
  expect(nameOf('stranger')).toBe('Somebody');
  expect(namesIn(members, undefined).nameOf('gone')).toBe('Somebody');
});
