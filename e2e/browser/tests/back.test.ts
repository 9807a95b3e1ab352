import { attach, expect, message, pair, row, say, test } from '../lib/people';

// Back leads to where one was before, not to what one has just closed.

test('Back after a panel has been closed leaves the chat', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = ada;
  await page.goto('/');
  await row(ada, grace).click();
  await expect(message(ada, 'Hello there')).toBeVisible();
  const chat = new URL(page.url()).pathname;
  await page.getByRole('link', { name: grace.name, exact: true }).click();
  await page.getByRole('complementary', { name: 'Profile' }).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('link', { name: 'Pinned messages' }).click();
  await expect(page.getByRole('complementary', { name: 'Pinned messages' })).toBeVisible();
  await page.getByRole('link', { name: 'Search this chat' }).click();
  await page.getByRole('searchbox', { name: 'Search messages' }).fill('Hello');
  await expect(page).toHaveURL(/q=Hello/u);
  await page.getByRole('complementary', { name: 'Search this chat' }).getByRole('button', { name: 'Close' }).click();
  await expect(page).toHaveURL(chat);
  await page.goBack();
  await expect(page).toHaveURL('/');
  await page.goto(`${chat}/info`);
  await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click();
  await expect(page).toHaveURL(chat);
});

test('on a phone, the arrow and Back do not go in circles', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = ada;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/contacts');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Chats' }).click();
  await row(ada, grace).click();
  await expect(message(ada, 'Hello there')).toBeVisible();
  await page.getByRole('link', { name: 'Back to chats' }).click();
  await expect(row(ada, grace)).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL('/contacts');
});

test('Back with a picture open closes the picture', async ({ join }) => {
  const [ada, grace] = await pair(join);
  await attach(ada, 'evening.png');
  await say(ada, 'Look');
  const { page } = grace;
  const opener = message(grace, 'Look').getByRole('button', { name: 'Open image' });
  const viewer = page.getByRole('dialog', { name: 'Image viewer' });
  const chat = page.url();
  await opener.click();
  await expect(viewer).toBeVisible();
  await page.goBack();
  await expect(viewer).toHaveCount(0);
  await expect(page).toHaveURL(chat);
  await expect(opener).toBeFocused();
  await opener.click();
  await viewer.getByRole('button', { name: 'Close' }).click();
  await expect(viewer).toHaveCount(0);
  await page.goBack();
  await expect(page).not.toHaveURL(chat);
});
