import type { Page } from '@playwright/test';
import { groupWithPast } from '../lib/past';
import { expect, surname, test } from '../lib/people';

/** Writing them is what takes long: LONG_CHAT=100000 shows the same of more than CI has time for. */
const many = Number(process.env.LONG_CHAT ?? 5_000);
const steps = Number(process.env.LONG_CHAT_STEPS ?? 60);

test('a long chat opens like a short one, scrolls without a jump, and goes to its first unread message and back', async ({ join }) => {
  const [ada, grace] = [await join(`Ada ${surname()}`), await join(`Grace ${surname()}`)];
  const { page } = ada;
  const [short, long] = [`Short ${surname()}`, `Long ${surname()}`];
  await groupWithPast(ada, grace, short, 100);
  const id = await groupWithPast(ada, grace, long, many);
  await page.reload();
  const ofShort = await open(page, short);
  expect(await open(page, long)).toEqual(ofShort);

  expect(await page.evaluate(walkUp, steps)).toEqual([]);

  const log = page.getByRole('log', { name: 'Messages' });
  const sent = await grace.context.request.post(`/api/conversations/${id}/messages`, { data: { clientId: 'the-last', text: 'And the last word.' } });
  expect(sent.status()).toBe(201);
  const latest = page.getByRole('button', { name: 'Jump to the latest message' });
  await expect(latest).toContainText('1 new');

  await page.getByRole('button', { name: /^\d+ new: jump to the first unread message$/u }).click();
  await expect(log.getByRole('separator', { name: 'New messages' })).toBeInViewport();
  await expect(log.getByRole('article').filter({ hasText: /Number 2(?!\d)/u })).toBeInViewport();
  await expect(latest).toContainText('1 new');

  await latest.click();
  await expect(log.getByRole('article').filter({ hasText: 'And the last word.' })).toBeInViewport();
  await expect(latest).toHaveCount(0);
});

/** What it takes to open a chat: what is asked of the server, and the rows that are in the page then. */
async function open(page: Page, title: string): Promise<{ requests: string[]; rows: number }> {
  const requests: string[] = [];
  const note = (request: { method(): string; url(): string }) => {
    // What has been read and delivered is reported when it suits.
    if (request.method() !== 'GET') return;
    const { pathname, search } = new URL(request.url());
    if (pathname.startsWith('/api/')) requests.push(`${pathname.replace(/[0-9A-Z]{26}/u, '…')}${search}`);
  };
  const chat = page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: title });
  const badge = chat.getByLabel(/\d unread/u);
  await expect(badge).toBeVisible();
  page.on('request', note);
  await chat.click();
  const log = page.getByRole('log', { name: 'Messages' });
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await expect(log.getByRole('article').last()).toBeInViewport();
  await expect(badge).toHaveCount(0);
  page.off('request', note);
  // The list begins with the few that it has to measure first: a view is filled by five at least.
  await expect.poll(() => log.getByRole('article').count()).toBeGreaterThanOrEqual(5);
  // Of different heights at their ends, so that some more or fewer find room.
  return { requests: requests.toSorted(), rows: Math.round((await log.getByRole('article').count()) / 10) };
}

/**
 * Scrolls up, over several pages of messages. Tells, for each step and frame in which it was not so, where the message at the
 * top was in place of where the scrolling should have taken it.
 */
async function walkUp(steps: number): Promise<string[]> {
  const log = document.querySelector('[role="log"]');
  if (log === null) return ['no log'];
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  const find = (key: string) => [...log.querySelectorAll('article')].find((article) => article.textContent?.includes(key));
  const wrong: string[] = [];
  for (let step = 0; step < steps; step++) {
    const anchor = [...log.querySelectorAll('article')].find((article) => article.getBoundingClientRect().top >= log.getBoundingClientRect().top);
    const key = /Number \d+/u.exec(anchor?.textContent ?? '')?.[0];
    if (anchor === undefined || key === undefined) return [...wrong, `step ${step}: nothing to see`];
    const wanted = anchor.getBoundingClientRect().top + 300;
    log.scrollTop -= 300;
    // Near its top the list has to get its next page, which must not move what is in view either.
    const end = Date.now() + 20_000;
    for (let frames = 0; frames < 3 || (log.scrollTop < 600 && Date.now() < end); frames++) {
      await frame();
      const top = find(`${key}\n`)?.getBoundingClientRect().top ?? find(key)?.getBoundingClientRect().top;
      if (top === undefined || Math.abs(top - wanted) > 2) wrong.push(`step ${step}, frame ${frames}: ${key} at ${top}, not ${wanted}`);
      if (wrong.length > 20) return wrong;
    }
  }
  return wrong;
}
