import type { Page } from '@playwright/test';
import { expect, message, pair, row, say, test, type Person } from '../lib/people';

/** The browser takes each of its pages for the one that is looked at; this one is told otherwise. */
async function look(page: Page, focused: boolean): Promise<void> {
  await page.evaluate((yes) => {
    document.hasFocus = () => yes;
    window.dispatchEvent(new Event(yes ? 'focus' : 'blur'));
  }, focused);
}

function mark(person: Person, text: string, delivery: string) {
  return message(person, text).getByRole('img', { name: delivery, exact: true });
}

const icon = (page: Page) => page.locator('link[rel="icon"]');

test('messages count as read once they are looked at, and the line above the new ones stays', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = grace;
  const log = page.getByRole('log', { name: 'Messages' });
  const line = log.getByRole('separator', { name: 'New messages' });
  const elsewhere = await grace.context.newPage();
  await elsewhere.goto('/');
  const badge = elsewhere.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: ada.name }).getByLabel(/unread/u);

  await look(page, false);
  await say(ada, 'The first of two.');
  await say(ada, 'The second of two.');
  await expect(mark(ada, 'The second of two.', 'Delivered')).toBeVisible();
  await expect(line).toBeVisible();
  for (const one of [page, elsewhere]) {
    await expect(one).toHaveTitle('(2) Parley');
    await expect(icon(one)).toHaveAttribute('href', '/favicon-unread.svg');
  }
  await expect(badge).toHaveText('2');
  await expect(mark(ada, 'The first of two.', 'Read')).toHaveCount(0);

  await look(page, true);
  await expect(mark(ada, 'The second of two.', 'Read')).toBeVisible();
  for (const one of [page, elsewhere]) {
    await expect(one).toHaveTitle('Parley');
    await expect(icon(one)).toHaveAttribute('href', '/favicon.svg');
  }
  await expect(badge).toHaveCount(0);
  await say(ada, 'Another one.');
  await expect(mark(ada, 'Another one.', 'Read')).toBeVisible();
  await expect(log).toHaveText(/Hello there.*New messages.*The first of two.*The second of two.*Another one/su);

  await row(grace, ada).hover();
  await page.getByRole('navigation', { name: 'Chats' }).getByRole('button', { name: `Options of ${ada.name}` }).click();
  await page.getByRole('menuitem', { name: 'Mark as unread' }).click();
  await expect(elsewhere).toHaveTitle('(1) Parley');
  await expect(elsewhere.getByRole('img', { name: 'Marked as unread' })).toBeVisible();
});
