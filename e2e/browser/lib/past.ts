import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@playwright/test';
import type { Person } from './people';

const history = resolve(import.meta.dirname, '../../..', process.env.E2E_BIN_DIR ?? 'bin', 'parley-history');

/** A group of two in which `count` messages have been written, most of them by the other; its id. */
export async function groupWithPast(owner: Person, other: Person, title: string, count: number): Promise<string> {
  const ids = await Promise.all([owner, other].map(idOf));
  const made = await owner.context.request.post('/api/conversations', { data: { type: 'group', title, memberIds: ids.slice(1), clientId: randomUUID() } });
  expect(made.status(), await made.text()).toBe(201);
  const { conversation } = (await made.json()) as { conversation: { id: string; lastSeq: number } };
  const [self = '', them = ''] = ids;
  const past = ['-conversation', conversation.id, '-senders', [them, them, self].join(), '-after', String(conversation.lastSeq), '-count', String(count)];
  await promisify(execFile)(history, ['-database', process.env.PARLEY_FILE ?? '', ...past]);
  return conversation.id;
}

export async function idOf({ context }: Person): Promise<string> {
  const { user } = (await (await context.request.get('/api/auth/me')).json()) as { user: { id: string } };
  return user.id;
}
