import { describe, expect, it } from 'vitest';
import type { Message, Role } from '@/lib/wire';
import { rightsOn } from './rights';

const message = { senderId: 'pia', deletedAt: null, forwardedFrom: null } as Message;
const own = { ...message, senderId: 'me' };
const group = (role: Role) => ({ type: 'group', role, memberCount: 100 }) as const;
const direct = { type: 'direct', role: 'member', memberCount: 2 } as const;

describe('rightsOn', () => {
  it.each([
    ['a member of a group', group('member'), { edit: false, remove: false, pin: false, readers: true }],
    ['an admin', group('admin'), { edit: false, remove: true, pin: true, readers: true }],
    ['the owner', group('owner'), { edit: false, remove: true, pin: true, readers: true }],
    ['one of two', direct, { edit: false, remove: false, pin: true, readers: false }],
  ])('on others’ messages of %s', (_, conversation, rights) => {
    expect(rightsOn(message, conversation, 'me')).toEqual({ use: true, ...rights });
  });

  it('lets everybody edit and delete what they wrote, but not edit what they passed on', () => {
    expect(rightsOn(own, group('member'), 'me')).toMatchObject({ edit: true, remove: true });
    expect(rightsOn({ ...own, forwardedFrom: { senderId: 'pia' } }, direct, 'me')).toMatchObject({ edit: false, remove: true });
  });

  it('tells who has read it only where that is kept', () => {
    expect(rightsOn(own, { ...group('member'), memberCount: 101 }, 'me').readers).toBe(false);
  });

  it('leaves nothing to do with a deleted one', () => {
    expect(rightsOn({ ...own, deletedAt: '2026-03-02T10:00:00.000Z' }, group('owner'), 'me')).toEqual({ use: false, edit: false, remove: false, pin: false, readers: false });
  });
});
