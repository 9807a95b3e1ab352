import { groupWithPast } from '../lib/past';
import { expect, expectAccessible, message, openChat, pair, row, say, surname, test } from '../lib/people';

const chats = 'Chats';

test('a chat is pinned, muted, archived and marked as unread, on all devices', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  const alan = await join(`Alan ${surname()}`);
  await openChat(alan, ada);
  await say(alan, 'Good morning');
  const links = ada.page.getByRole('navigation', { name: chats }).getByRole('link');
  await expect(links.first()).toHaveAccessibleName(new RegExp(alan.name, 'u'));

  const choose = async (item: string) => {
    await row(ada, grace).hover();
    await ada.page.getByRole('navigation', { name: chats }).getByRole('button', { name: `Options of ${grace.name}` }).click();
    await ada.page.getByRole('menuitem', { name: item }).click();
  };
  await choose('Pin to the top');
  await expect(links.first()).toHaveAccessibleName(new RegExp(grace.name, 'u'));
  await choose('Mute for 8 hours');
  await expect(row(ada, grace).getByRole('img', { name: 'Muted' })).toBeVisible();
  await row(ada, alan).click();
  await expect(message(ada, 'Good morning')).toBeVisible();
  await choose('Mark as unread');
  const other = await ada.context.newPage();
  await other.goto('/');
  const elsewhere = other.getByRole('navigation', { name: chats }).getByRole('link', { name: grace.name });
  await expect(elsewhere.getByRole('img', { name: 'Muted' })).toBeVisible();
  await expect(elsewhere.getByRole('img', { name: 'Marked as unread' })).toBeVisible();

  await row(ada, grace).hover();
  await ada.page.getByRole('button', { name: `Options of ${grace.name}` }).click();
  await expectAccessible(ada.page, 'menu of a chat');
  await ada.page.screenshot({ path: info.outputPath('menu-of-a-chat.png') });
  await ada.page.keyboard.press('ArrowUp');
  await expect(ada.page.getByRole('menuitem', { name: 'Archive' })).toBeFocused();
  await ada.page.keyboard.press('Enter');
  await expect(row(ada, grace)).toHaveCount(0);
  await ada.page.getByRole('button', { name: /Archive/u }).click();
  await expect(row(ada, grace)).toBeVisible();
});

test('the keyboard goes to a chat, to the next one, and shows what it can', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  const alan = await join(`Alan ${surname()}`);
  await openChat(alan, ada);
  await say(alan, 'Good morning');
  await expect(row(ada, alan)).toBeVisible();
  const { page } = ada;
  const heading = (name: string) => page.getByRole('heading', { level: 1, name });
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Name of a chat or a person' }).fill(alan.name);
  await expect(page.getByRole('option', { name: alan.name })).toHaveAttribute('aria-selected', 'true');
  await expectAccessible(page, 'switcher');
  await page.screenshot({ path: info.outputPath('switcher.png') });
  await page.keyboard.press('Enter');
  await expect(heading(alan.name)).toBeVisible();
  await page.keyboard.press('Alt+ArrowDown');
  await expect(heading(grace.name)).toBeVisible();
  await page.keyboard.press('Alt+ArrowUp');
  await expect(heading(alan.name)).toBeVisible();
  await page.keyboard.press('Control+/');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(help).toBeVisible();
  await expectAccessible(page, 'keyboard help');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);
});

test('far back in a long chat, the end is one press away', async ({ join }) => {
  const ada = await join(`Ada ${surname()}`);
  const grace = await join(`Grace ${surname()}`);
  const title = `Long ${surname()}`;
  // More than the client holds at a time, some of them one's own: letting go of these must not take the reader elsewhere.
  await groupWithPast(grace, ada, title, 700);
  await ada.page.reload();
  for (const { page } of [ada, grace]) await page.getByRole('navigation', { name: chats }).getByRole('link', { name: title }).click();
  const end = /Number 701(?!\d)/u;
  await expect(message(ada, end)).toBeVisible();
  await expect(message(grace, end)).toBeVisible();
  const log = grace.page.getByRole('log', { name: 'Messages' });
  await expect(async () => {
    await log.evaluate((element) => element.scrollTo(0, 0));
    await expect(message(grace, /Number 2(?!\d)/u)).toBeVisible({ timeout: 100 });
  }).toPass({ intervals: [50] });
  await grace.page.getByRole('button', { name: 'Jump to the latest message' }).click();
  await expect(message(grace, end)).toBeVisible();
  await say(ada, 'And one more.');
  await expect(message(grace, 'And one more.')).toBeVisible();
});
