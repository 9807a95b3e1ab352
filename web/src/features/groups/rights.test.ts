import { expect, test } from 'vitest';
import { manages, rightsOver } from './rights';

test.each([
  ['owner', 'admin', { promote: true, handOver: true, remove: true }],
  ['owner', 'member', { promote: true, handOver: true, remove: true }],
  ['admin', 'owner', { promote: false, handOver: false, remove: false }],
  ['admin', 'admin', { promote: false, handOver: false, remove: false }],
  ['admin', 'member', { promote: false, handOver: false, remove: true }],
  ['member', 'member', { promote: false, handOver: false, remove: false }],
] as const)('what the %s may do to an %s', (own, role, rights) => {
  expect(rightsOver({ userId: 'other', role }, own, 'self')).toEqual(rights);
});

test('nobody has rights over themselves here: to leave is something else', () => {
  expect(rightsOver({ userId: 'self', role: 'owner' }, 'owner', 'self')).toEqual({ promote: false, handOver: false, remove: false });
});

test('members manage nothing', () => {
  expect([manages('owner'), manages('admin'), manages('member')]).toEqual([true, true, false]);
});
