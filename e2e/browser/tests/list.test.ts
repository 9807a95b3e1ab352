import { expect, expectAccessible, message, openChat, pair, row, say, surname, test } from '../lib/people';

const chats = 'Chats';

test('a chat is pinned, muted, archived and marked as unread, on all devices', async ({ join }) => {
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
  await ada.page.keyboard.press('ArrowUp');
  await expect(ada.page.getByRole('menuitem', { name: 'Archive' })).toBeFocused();
  await ada.page.keyboard.press('Enter');
  await expect(row(ada, grace)).toHaveCount(0);
  await ada.page.getByRole('button', { name: /Archive/u }).click();
  await expect(row(ada, grace)).toBeVisible();
});

test('the keyboard goes to a chat, to the next one, and shows what it can', async ({ join }) => {
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
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);
});

test('far back in a long chat, the end is one press away', async ({ join }) => {
  test.slow();
  const [ada, grace] = await pair(join);
  const path = new URL(ada.page.url()).pathname.replace('/c/', '/api/conversations/');
  const last = 700;
  const refused = await ada.page.evaluate(
    async ([url, count]) => {
      const send = async (n: number) => {
        const body = JSON.stringify({ clientId: `line-${n}`, text: `Line number ${n}.` });
        const { status } = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
        return Number(status !== 201);
      };
      // Only the first and the last have their places; those between go out together.
      let failed = await send(1);
      const between = Array.from({ length: count - 2 }, (_, index) => send(index + 2));
      for (const answer of await Promise.all(between)) failed += answer;
      return failed + (await send(count));
    },
    [`${path}/messages`, last] as const,
  );
  expect(refused).toBe(0);
  await grace.page.reload();
  await expect(message(grace, `Line number ${last}.`)).toBeVisible();
  const log = grace.page.getByRole('log', { name: 'Messages' });
  await expect(async () => {
    await log.evaluate((element) => element.scrollTo(0, 0));
    await expect(message(grace, 'Line number 1.')).toBeVisible({ timeout: 100 });
  }).toPass({ intervals: [50] });
  await grace.page.getByRole('button', { name: 'Jump to the latest message' }).click();
  await expect(message(grace, `Line number ${last}.`)).toBeVisible();
  await say(ada, 'And one more.');
  await expect(message(grace, 'And one more.')).toBeVisible();
});
