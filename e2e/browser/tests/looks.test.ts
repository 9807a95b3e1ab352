import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join as path, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { idOf } from '../lib/past';
import { attach, expect, expectAccessible, message, pair, row, say, stranger, test, type Person } from '../lib/people';

const screenshots = resolve(import.meta.dirname, '../../../docs/screenshots');

/** Writes a picture for the README, if asked to by UPDATE_SCREENSHOTS=1. */
async function portrait(page: Page, name: string): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: path(screenshots, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

/** Chats that look like some. */
async function talk(ada: Person, grace: Person): Promise<void> {
  await stranger('Katherine Johnson', ada, ['The trajectory is checked.', 'By hand, twice.']);
  await stranger('Alan Turing', ada, ['Can machines think? Call me back.']);
  await stranger('Hedy Lamarr', ada, ['Let us hop to another frequency 📡']);
  await say(grace, 'Have you seen the notes on the Analytical Engine?');
  await expect(message(ada, 'Have you seen')).toBeVisible();
  await say(ada, 'I wrote them! Note G has a programme for the Bernoulli numbers.');
  await expect(message(grace, 'Note G')).toBeVisible();
  await message(grace, 'Note G').click({ button: 'right' });
  await grace.page.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click();
  await expect(message(ada, 'Note G').getByRole('list', { name: 'Reactions' })).toContainText('👍');
  await say(grace, 'A programme before there was a machine to run it. That is confidence. 😄');
  await expect(message(ada, 'confidence')).toBeVisible();
  await ada.page.getByRole('textbox', { name: 'Message' }).fill('It goes **like this**:\n```python\nfor k in range(1, n):\n    b[k] = step(b, k)  # Note G, line 13\n```');
  await ada.page.keyboard.press('Enter');
  await expect(message(grace, 'like this').locator('.hljs-keyword').first()).toBeVisible();
  await attach(grace, 'evening.png');
  await say(grace, 'Tonight from my window.');
  await expect(message(ada, 'Tonight from')).toBeVisible();
  await say(ada, 'Lovely! Shall we go through it tomorrow at ten? https://example.org/note-g');
  await expect(message(grace, 'tomorrow at ten')).toBeVisible();
}

const club = 'Analytical Engine Club';

/** A group of all who have written to Ada, made by way of the API; somebody mentions her there. */
async function found(ada: Person, grace: Person): Promise<void> {
  const self = await idOf(ada);
  const { conversations } = (await (await ada.context.request.get('/api/conversations')).json()) as { conversations: { members: { userId: string }[] }[] };
  const memberIds = conversations.flatMap(({ members }) => members.map(({ userId }) => userId)).filter((id) => id !== self);
  const made = await ada.context.request.post('/api/conversations', { data: { type: 'group', title: club, memberIds, clientId: randomUUID() } });
  expect(made.status(), await made.text()).toBe(201);
  const { conversation } = (await made.json()) as { conversation: { id: string } };
  const path = `/api/conversations/${conversation.id}/messages`;
  const say = async (by: Person, text: string) => {
    const sent = await by.context.request.post(path, { data: { clientId: randomUUID(), text } });
    expect(sent.status(), await sent.text()).toBe(201);
    return ((await sent.json()) as { message: { id: string } }).message.id;
  };
  await say(ada, 'Welcome, all! We meet on *Thursdays* at eight.');
  const pinned = await say(ada, '**Agenda**\n\n1. The table of Bernoulli numbers\n2. Who brings punched cards');
  expect((await ada.context.request.put(`/api/conversations/${conversation.id}/messages/${pinned}/pin`)).ok()).toBe(true);
  await say(grace, 'I have a compiler to show.');
  await say(grace, `<@${self}>, may I have ten minutes for it?`);
}

async function lookIntoEmoji({ page }: Person, where: string): Promise<void> {
  await page.getByRole('button', { name: 'Emoji' }).click();
  const picker = page.getByRole('dialog', { name: 'Emoji' });
  await expect(picker.getByRole('gridcell').first()).toBeVisible();
  await expectAccessible(page, `emoji, ${where}`);
  const active = picker.getByRole('gridcell', { selected: true });
  for (const key of [...Array<string>(22).fill('ArrowDown'), ...Array<string>(20).fill('ArrowUp')]) {
    await page.keyboard.press(key);
    await expect(active).toBeInViewport({ ratio: 1 });
  }
  await page.keyboard.press('Escape');
  await expect(picker).toHaveCount(0);
}

/** What opens in front of a group or beside it: axe has nothing grave to say about any of it. */
async function lookInto({ page }: Person, where: string): Promise<void> {
  for (const [item, title] of [['Forward', 'Forward to'], ['Who has read it', 'Who has read it']] as const) {
    await page.getByRole('log', { name: 'Messages' }).getByRole('article').filter({ hasText: 'Welcome, all' }).click({ button: 'right' });
    await page.getByRole('menu', { name: 'Message options' }).getByRole('menuitem', { name: item }).click();
    const dialog = page.getByRole('dialog', { name: title });
    await expect(dialog).toBeVisible();
    await expectAccessible(page, `${title}, ${where}`);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  }
  await page.getByRole('link', { name: 'Pinned messages' }).click();
  const pins = page.getByRole('complementary', { name: 'Pinned messages' });
  await expect(pins.getByRole('listitem')).toContainText('Agenda');
  await expectAccessible(page, `pins, ${where}`);
  await page.keyboard.press('Escape');
  await expect(pins).toHaveCount(0);
}

async function choose(person: Person, theme: 'Light' | 'Dark'): Promise<void> {
  await person.page.getByRole('link', { name: 'Settings' }).click();
  await person.page.getByText(theme, { exact: true }).click();
  await expect(person.page.getByRole('radio', { name: theme })).toBeChecked();
}

test('light and dark, wide and narrow: readable and reachable', async ({ join }) => {
  test.slow();
  const [ada, grace] = await pair(join, ['Ada Lovelace', 'Grace Hopper']);
  await talk(ada, grace);
  await found(ada, grace);
  const group = ada.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: club });
  await expect(group.getByRole('img', { name: '1 mentioning you' })).toBeVisible();
  const wide = { width: 1280, height: 800 };
  const narrow = { width: 390, height: 844 };
  for (const theme of ['Light', 'Dark'] as const) {
    await ada.page.setViewportSize(wide);
    await choose(ada, theme);
    const where = theme.toLowerCase();
    await expectAccessible(ada.page, `settings, ${where}`);
    await portrait(ada.page, `settings-${where}`);
    await row(ada, grace).click();
    await expect(message(ada, 'tomorrow at ten').getByRole('img', { name: 'Read' })).toBeVisible();
    await expectAccessible(ada.page, `chat, ${where}`);
    await portrait(ada.page, `chat-wide-${where}`);
    await group.click();
    await expect(message(ada, 'may I have ten minutes')).toContainText('@Ada Lovelace');
    await expect(group.getByRole('img', { name: /mentioning/u })).toHaveCount(0);
    await portrait(ada.page, `group-wide-${where}`);
    if (theme === 'Light') {
      await lookIntoEmoji(ada, where);
      await lookInto(ada, 'group, light');
    }
    await row(ada, grace).click();
    await expect(message(ada, 'tomorrow at ten')).toBeVisible();

    await ada.page.setViewportSize(narrow);
    await expect(ada.page.getByRole('navigation', { name: 'Chats' })).toBeHidden();
    await expectFits(ada.page);
    await expectAccessible(ada.page, `narrow chat, ${where}`);
    await portrait(ada.page, `chat-narrow-${where}`);
    await ada.page.getByRole('link', { name: 'Back to chats' }).click();
    await expect(row(ada, grace)).toBeVisible();
    await expect(ada.page.getByRole('region', { name: 'Conversation' })).toBeHidden();
    await expectFits(ada.page);
    await expectAccessible(ada.page, `narrow list, ${where}`);
    await portrait(ada.page, `list-narrow-${where}`);
    await group.click();
    await expect(message(ada, 'may I have ten minutes')).toBeVisible();
    await expectFits(ada.page);
    await expectAccessible(ada.page, `narrow group, ${where}`);
    await portrait(ada.page, `group-narrow-${where}`);
    if (theme === 'Dark') await lookInto(ada, 'narrow group, dark');
    await ada.page.getByRole('link', { name: 'Back to chats' }).click();
  }
  const background = await backgroundOf(ada);
  await ada.page.reload();
  await expect(row(ada, grace)).toBeVisible();
  expect(await backgroundOf(ada), 'the theme is kept').toBe(background);
});

function backgroundOf({ page }: Person): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
}

/** Nothing sticks out at the side. */
async function expectFits(page: Page): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond).toBeLessThanOrEqual(0);
}

test('the system decides about the theme until somebody chooses', async ({ join }) => {
  const dark = await join('Dora Dark', { colorScheme: 'dark' });
  const light = await join('Lena Light', { colorScheme: 'light' });
  const brightness = (person: Person) =>
    person.page.evaluate(() => {
      const canvas = document.createElement('canvas').getContext('2d');
      if (canvas === null) throw new Error('no canvas');
      canvas.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return (r + g + b) / 3;
    });
  expect(await brightness(dark)).toBeLessThan(90);
  expect(await brightness(light)).toBeGreaterThan(200);
});

test('the pages before sign-in are accessible, and all works by keyboard', async ({ visit }) => {
  const page = await visit();
  await page.goto('/login');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await expectAccessible(page, 'log-in');
  await portrait(page, 'login');
  await page.goto('/signup');
  await expect(page.getByLabel('Full name')).toBeFocused();
  await expectAccessible(page, 'sign-up');
  await page.keyboard.type('Kay Board');
  await page.keyboard.press('Tab');
  await page.keyboard.type(`kay-${Date.now()}@example.org`);
  await page.keyboard.press('Tab');
  await page.keyboard.type('correct horse battery');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'No chats yet' })).toBeVisible();
  await expectAccessible(page, 'no chats');
  await page.getByRole('link', { name: 'Contacts' }).press('Enter');
  await expect(page.getByRole('searchbox', { name: 'Search contacts' })).toBeVisible();
  await expectAccessible(page, 'contacts');
});

test('a page that is not there says so', async ({ visit }) => {
  const page = await visit();
  await page.goto('/no/such/page');
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  await expectAccessible(page, 'not found');
});
