import { expect, expectAccessible, pair, test } from '../lib/people';

// What other tests look at with axe on their way (chats, menus, dialogs, uploads, search, settings) is not repeated here.

test('pages that a link in a mail opens, and what they say when it is no good, keep nobody out', async ({ visit, complaints }) => {
  const page = await visit({ colorScheme: 'dark' });
  for (const path of ['/login', '/signup', '/forgot-password', '/reset-password', '/reset-password#no-such-token', '/verify-email', '/verify-email#no-such-token', '/no/such/page']) {
    await page.goto('about:blank');
    await page.goto(path);
    await expect(page.getByRole('heading').first()).toBeVisible();
    await expectAccessible(page, path);
  }
  // The server refuses the token.
  const refused = complaints.filter((text) => text.includes('/api/auth/verify-email'));
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !refused.includes(text)));
});

test('states in which something is missing or broken keep nobody out', async ({ join, complaints }) => {
  const [ada, grace] = await pair(join);
  const { page } = ada;
  const seen = async (path: string, heading: string | RegExp) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: heading })).toBeVisible();
    await expectAccessible(page, path);
  };
  await seen('/join', /./u);
  await seen('/c/no-such-chat', 'There is no such chat');
  await page.route(/\/api\/users(?:\?|$)/u, (route) => route.abort());
  await seen('/contacts', 'Contacts could not be loaded');
  await page.unrouteAll();
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: grace.name }).click();
  await page.getByRole('link', { name: grace.name, exact: true }).click();
  await expect(page.getByRole('complementary', { name: 'Profile' })).toBeVisible();
  await expectAccessible(page, 'profile');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, 'narrow profile');
  const provoked = complaints.filter((text) => /ERR_FAILED|no-such-chat/u.test(text));
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !provoked.includes(text)));
});
