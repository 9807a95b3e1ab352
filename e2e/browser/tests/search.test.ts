import { attach, expect, expectAccessible, message, openChat, pair, say, surname, test, type Person } from '../lib/people';

const field = ({ page }: Person) => page.getByRole('searchbox', { name: 'Search people, chats and messages' });
const found = ({ page }: Person) => page.getByRole('region', { name: 'Messages' }).getByRole('link');

test('people, chats and messages are found with the keyboard, and one comes back to what was found', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  const word = surname().toLowerCase();
  await say(ada, `The ${word}loom weaves flowers and leaves`);
  await say(ada, 'Something else');
  await attach(ada, 'drawing.png');
  await say(ada, `A drawing of the ${word}`);
  await expect(message(grace, `A drawing of the ${word}`)).toBeVisible();

  const { page } = grace;
  await page.keyboard.press('Control+Shift+F');
  await expect(field(grace)).toBeFocused();
  await expectAccessible(page, 'empty search');
  await page.keyboard.type(word);
  await expect(found(grace)).toHaveCount(2);
  await expect(found(grace).first().locator('mark')).toHaveText(word);
  await expectAccessible(page, 'messages found');
  await page.screenshot({ path: info.outputPath('found.png') });
  await page.getByText('Filters').click();
  await page.getByRole('combobox', { name: 'With' }).selectOption('Pictures');
  await expect(found(grace)).toHaveCount(1);
  await expect(found(grace)).toContainText(`${ada.name} in ${ada.name}`);
  await page.getByRole('combobox', { name: 'From' }).selectOption('You');
  await expect(page.getByRole('heading', { name: 'No messages found' })).toBeVisible();
  await expectAccessible(page, 'nothing found');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(found(grace)).toHaveCount(2);
  await expect(page).toHaveURL(new RegExp(`/search\\?q=${word}$`, 'u'));
  await field(grace).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(found(grace).nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(message(grace, `${word}loom`)).toBeInViewport();
  await page.goBack();
  await expect(found(grace)).toHaveCount(2);

  await field(grace).fill(ada.name);
  await expect(page.getByRole('region', { name: 'People' }).getByRole('button')).toHaveAccessibleName(new RegExp(ada.name, 'u'));
  await page.getByRole('region', { name: 'Chats', exact: true }).getByRole('link', { name: ada.name }).click();
  await expect(page.getByRole('heading', { level: 1, name: ada.name })).toBeVisible();
});

test('a chat is looked through beside it; what is out of date is given up, and what failed is tried again', async ({ join, complaints }) => {
  const [ada, grace] = await pair(join);
  const other = await join(`Hedy ${surname()}`);
  const word = surname().toLowerCase();
  await say(ada, `The ${word} is here`);
  await openChat(other, ada);
  await say(other, `The ${word} is elsewhere`);
  const { page } = ada;
  await page.getByRole('link', { name: 'Search this chat' }).click();
  const panel = page.getByRole('complementary', { name: 'Search this chat' });
  const box = panel.getByRole('searchbox', { name: 'Search messages' });
  await expect(box).toBeFocused();

  // One that never answers: what is typed next takes its place.
  await page.route(/\/api\/search\?q=slow/u, () => undefined);
  const asked = page.waitForRequest(/\/api\/search\?q=slow/u);
  await box.fill('slow');
  await asked;
  await expect(panel.getByRole('status', { name: 'Searching' })).toBeVisible();
  const cancelled = page.waitForEvent('requestfailed', (request) => request.url().includes('q=slow'));
  await page.route(/\/api\/search/u, (route) => route.abort());
  await box.fill(word);
  await cancelled;
  await expect(panel.getByRole('alert')).toContainText('The search did not work');
  await expectAccessible(page, 'failed search');
  await page.unrouteAll();
  await panel.getByRole('button', { name: 'Try again' }).click();
  const result = panel.getByRole('link', { name: new RegExp(`${word} is here`, 'u') });
  await expect(result).toBeVisible();
  await expect(panel.getByText('elsewhere')).toHaveCount(0);
  await expectAccessible(page, 'search panel');
  await result.click();
  await expect(message(ada, `The ${word} is here`)).toBeInViewport();
  await expect(panel).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(message(grace, `The ${word} is here`)).toBeVisible();
  const broken = complaints.filter((text) => text.includes('ERR_FAILED'));
  expect(broken.length).toBeGreaterThan(0);
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !broken.includes(text)));
});
