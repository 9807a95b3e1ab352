import { expect, it } from 'vitest';
import type { Member, Message } from '@/lib/wire';
import { noticeText } from './notice-text';

const members = [{ userId: 'u1', fullName: 'Ada' }, { userId: 'u2', fullName: 'Grace' }] as Member[];
const message = (text: string, attachments: unknown[] = []) => ({ senderId: 'u1', text, attachments }) as Message;

it.each([
  ['direct', 'Hello\n there', true, 'Hello there'],
  ['group', 'Hello', true, 'Ada: Hello'],
  ['group', 'Hello', false, 'Ada: New message'],
  ['group', '<@u2> and <@all>, see <@u9>', true, 'Ada: @Grace and @all, see @somebody'],
  ['direct', '🐎'.repeat(200), true, `${'🐎'.repeat(159)}…`],
] as const)('%s: %s', (type, text, preview, said) => {
  expect(noticeText(message(text), { type, members }, preview)).toBe(said);
});

it('counts files without text', () => {
  expect(noticeText(message('', [{}]), { type: 'direct', members }, true)).toBe('Sent a file');
  expect(noticeText(message('', [{}, {}]), { type: 'direct', members }, true)).toBe('Sent 2 files');
});
