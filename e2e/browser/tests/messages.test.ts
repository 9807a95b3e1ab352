import { expect, expectAccessible, message, pair, row, say, stranger, test, type Person } from '../lib/people';

function log({ page }: Person) {
  return page.getByRole('log', { name: 'Messages' });
}

function field({ page }: Person) {
  return page.getByRole('textbox', { name: 'Message' });
}

/** Chooses from the menu of a message, opened as the mouse does. */
async function choose(person: Person, text: string, item: string): Promise<void> {
  await message(person, text).click({ button: 'right' });
  await person.page.getByRole('menu', { name: 'Message options' }).getByRole('menuitem', { name: item, exact: true }).click();
}

test('messages are answered, edited and deleted, by mouse and by keyboard', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = ada;
  await choose(grace, 'Hello there', 'Reply');
  await say(grace, 'Hello yourself');
  const answer = message(ada, 'Hello yourself');
  await expect(answer).toContainText('Hello there');
  await answer.getByRole('button', { name: /^In answer to/u }).click();

  await field(ada).press('ArrowUp');
  const edit = page.getByRole('textbox', { name: 'Edit message' });
  await expect(edit).toHaveValue('Hello there');
  await edit.press('Escape');
  await expect(field(ada)).toBeFocused();
  await field(ada).press('ArrowUp');
  await edit.fill('Good evening');
  await expectAccessible(page, 'editing');
  await edit.press('Enter');
  await expect(message(grace, 'Good evening').first()).toContainText(/edited \d/u);
  await expect(message(grace, 'Hello yourself')).toContainText('Good evening');

  await log(ada).focus();
  await page.keyboard.press('ArrowUp');
  await expect(message(ada, 'Hello yourself')).toBeFocused();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu', { name: 'Message options' });
  await expect(menu.getByRole('menuitemcheckbox').first()).toBeFocused();
  await expect(menu.getByRole('menuitem', { name: 'Edit' })).toHaveCount(0);
  await expectAccessible(page, 'menu of a message');
  await page.keyboard.press('Escape');
  await expect(message(ada, 'Hello yourself')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(log(grace).getByRole('article').filter({ hasText: /^Message deleted/u })).toBeVisible();
  await expect(log(grace)).not.toContainText('Good evening');
});

test('an edit is kept while one looks elsewhere, and ends with its message', async ({ join, visit }) => {
  const [ada, grace] = await pair(join);
  await stranger('Alan Elsewhere', ada, ['Look here']);
  const { page } = ada;
  const edit = page.getByRole('textbox', { name: 'Edit message' });
  await choose(ada, 'Hello there', 'Edit');
  await edit.fill('Hello there, all');
  await page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: 'Alan Elsewhere' }).click();
  await expect(message(ada, 'Look here')).toBeVisible();
  await expect(edit).toHaveCount(0);
  await row(ada, grace).click();
  await expect(edit).toHaveValue('Hello there, all');
  await page.reload();
  await expect(edit).toHaveValue('Hello there, all');

  const phone = await visit({ storageState: await ada.context.storageState() });
  await phone.goto(new URL(page.url()).pathname);
  const there = { ...ada, page: phone };
  await choose(there, 'Hello there', 'Delete');
  await phone.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('The message that you were editing has been deleted.')).toBeVisible();
  await expect(edit).toHaveCount(0);
  await expect(field(ada)).toHaveValue('');
});

test('a link to a message opens the chat there, and drafts are kept', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  const path = new URL(ada.page.url()).pathname;
  const messages = path.replace('/c/', '/api/conversations/').concat('/messages');
  const send = async (text: string) => {
    const data = { clientId: crypto.randomUUID(), text };
    const sent = await ada.context.request.post(messages, { data, headers: { Origin: process.env.PARLEY_URL ?? '' } });
    return ((await sent.json()) as { message: { id: string } }).message.id;
  };
  const first = await send('The one we look for');
  await Promise.all(Array.from({ length: 60 }, (_, n) => send(`Line number ${n}.`)));
  await send('The last one');
  await field(grace).fill('Not yet finished');
  await grace.page.goto(`${path}?m=${first}`);
  await expect(message(grace, 'The one we look for')).toBeInViewport();
  await expect(message(grace, 'The last one')).toHaveCount(0);
  await expect(grace.page).toHaveURL(path);
  await expect(field(grace)).toHaveValue('Not yet finished');
  await grace.page.getByRole('button', { name: 'Jump to the latest message' }).click();
  await expect(message(grace, 'The last one')).toBeInViewport();
  await grace.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await choose(grace, 'The last one', 'Copy link');
  const copied = new URL(await grace.page.evaluate(() => navigator.clipboard.readText()));
  await expect(grace.page.getByText('Link copied.')).toBeVisible();
  await grace.page.screenshot({ path: info.outputPath('link-copied.png') });
  await grace.page.goto(copied.pathname + copied.search);
  await expect(message(grace, 'The last one')).toBeInViewport();
});

test('messages have formats, and reactions from a row of six and from all emoji', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  await field(ada).fill('**Bold**, _slanted_, ~~gone~~, `code`, <b>text</b>, https://example.org\n\n> a quote\n\n1. first\n2. second\n\n```js\nconst answer = 42;\n```');
  await field(ada).press('Enter');
  const formatted = message(grace, 'Bold');
  await expect(formatted.locator('strong')).toHaveText('Bold');
  await expect(formatted.locator('em')).toHaveText('slanted');
  await expect(formatted.locator('del')).toHaveText('gone');
  await expect(formatted.locator('p > code')).toHaveText('code');
  await expect(formatted.locator('b')).toHaveCount(0);
  await expect(formatted).toContainText('<b>text</b>');
  await expect(formatted.getByRole('link', { name: 'https://example.org' })).toHaveAttribute('rel', /noopener/u);
  await expect(formatted.locator('blockquote')).toHaveText('a quote');
  await expect(formatted.getByRole('listitem')).toHaveCount(2);
  await expect(formatted.getByRole('region', { name: 'Code in js' }).locator('.hljs-keyword')).toHaveText('const');

  await formatted.click({ button: 'right', position: { x: 20, y: 12 } });
  const menu = grace.page.getByRole('menu', { name: 'Message options' });
  await menu.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click();
  const chip = message(ada, 'Bold').getByRole('list', { name: 'Reactions' }).getByRole('button');
  await expect(chip).toHaveText(/👍\s*1/u);
  await expect(chip).toHaveAttribute('aria-pressed', 'false');
  await chip.click();
  await expect(formatted.getByRole('list', { name: 'Reactions' }).getByRole('button')).toHaveText(/👍\s*2/u);
  await chip.click();
  await expect(formatted.getByRole('list', { name: 'Reactions' }).getByRole('button')).toHaveText(/👍\s*1/u);

  await formatted.click({ button: 'right', position: { x: 20, y: 12 } });
  await menu.getByRole('menuitem', { name: 'React with another emoji' }).click();
  const picker = grace.page.getByRole('dialog', { name: 'Emoji' });
  await picker.getByRole('searchbox').fill('rocket');
  await picker.getByRole('gridcell', { name: /rocket/iu }).click();
  await expect(message(ada, 'Bold').getByRole('button', { name: /🚀/u })).toBeVisible();
  await expectAccessible(grace.page, 'formats and reactions');
  await grace.page.screenshot({ path: info.outputPath('formats.png') });

  // Without a mouse nothing may wait for one to be above it.
  const touch = await grace.context.newCDPSession(grace.page);
  await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true });
  await grace.page.setViewportSize({ width: 390, height: 844 });
  await expect(formatted.getByRole('button', { name: 'Copy the code' })).toHaveCSS('opacity', '1');
  await formatted.dispatchEvent('pointerdown', { pointerType: 'touch', isPrimary: true, clientX: 40, clientY: 400 });
  await menu.getByRole('menuitem', { name: 'Who has reacted' }).click();
  const reactors = grace.page.getByRole('dialog', { name: 'Who has reacted' });
  await expect(reactors.getByRole('list', { name: 'Reacted with 🚀' })).toHaveText(/You/u);
  await chip.first().click();
  await expect(reactors.getByRole('list', { name: 'Reacted with 👍' })).toContainText(ada.name);
  await expectAccessible(grace.page, 'who has reacted');
  await grace.page.screenshot({ path: info.outputPath('reactors-narrow.png') });
  await grace.page.keyboard.press('Escape');
  await grace.page.screenshot({ path: info.outputPath('touch-narrow.png') });

  await log(ada).focus();
  await ada.page.keyboard.press('ArrowUp');
  await ada.page.keyboard.press('Enter');
  const last = ada.page.getByRole('menuitem', { name: 'Who has reacted' });
  while (!(await last.evaluate((item) => item === document.activeElement))) await ada.page.keyboard.press('ArrowDown');
  await ada.page.keyboard.press('Enter');
  await expect(ada.page.getByRole('dialog', { name: 'Who has reacted' }).getByRole('list', { name: 'Reacted with 🚀' })).toContainText(grace.name);
  await ada.page.screenshot({ path: info.outputPath('reactors-wide.png') });
});
