import { expect, message, pair, say, surname, test, type Person } from '../lib/people';

/** What a browser says of a network that is gone; provoked here, so no fault. */
function forgive(complaints: string[]): void {
  const gone = /ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|WebSocket connection to .* failed/u;
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !gone.test(text)));
}

function banner(person: Person) {
  return person.page.getByRole('status', { name: 'Connection' });
}

test('without a network there is a banner, and with it the messages go out by themselves', async ({ join, complaints }, info) => {
  const [ada, grace] = await pair(join);
  await ada.context.setOffline(true);
  await expect(banner(ada)).toContainText('You are offline');
  await say(ada, 'Written offline');
  await expect(message(ada, 'Written offline').getByRole('img', { name: 'Waiting to be sent' })).toBeVisible();
  await expect(banner(ada)).toContainText('Unsent messages will go out by themselves');
  await message(ada, 'Hello there').click({ button: 'right' });
  await ada.page.getByRole('menuitem', { name: 'Forward' }).click();
  await ada.page.getByRole('dialog', { name: 'Forward to' }).getByRole('button', { name: grace.name }).click();
  const copy = message(ada, 'Forwarded from you');
  await expect(copy.getByRole('img', { name: 'Waiting to be sent' })).toBeVisible();
  await expect(ada.page.getByText(`It goes to ${grace.name} as soon as there is a connection.`)).toBeVisible();
  await ada.page.screenshot({ path: info.outputPath('forward-offline.png') });
  await say(grace, 'Meanwhile');
  await expect(message(ada, 'Meanwhile')).toHaveCount(0);

  await ada.context.setOffline(false);
  await expect(message(grace, 'Written offline')).toHaveCount(1);
  await expect(message(grace, `Forwarded from ${ada.name}`)).toHaveCount(1);
  await expect(copy.getByRole('img', { name: /Sent|Delivered|Read/u })).toHaveCount(1);
  await expect(message(ada, 'Meanwhile')).toBeVisible();
  await expect(banner(ada)).not.toContainText('offline');
  await expect(message(ada, 'Written offline').getByRole('img', { name: /Sent|Read/u })).toBeVisible();
  forgive(complaints);
});

test('an unsent message lives through a reload, and arrives once', async ({ join, complaints }) => {
  const [ada, grace] = await pair(join);
  // Only sending fails, so that the page itself can be loaded anew.
  const sends = '**/api/conversations/*/messages';
  await ada.context.route(sends, (route) => (route.request().method() === 'POST' ? route.abort('internetdisconnected') : route.continue()));
  await say(ada, 'Hold on to this');
  await expect(message(ada, 'Hold on to this').getByRole('img', { name: /Waiting to be sent|Sending/u })).toBeVisible();
  await ada.page.reload();
  await expect(message(ada, 'Hold on to this').getByRole('img', { name: /Waiting to be sent|Sending/u })).toBeVisible();
  await expect(message(grace, 'Hold on to this')).toHaveCount(0);

  await ada.context.unroute(sends);
  await ada.page.reload();
  await expect(message(grace, 'Hold on to this')).toHaveCount(1);
  await expect(message(ada, 'Hold on to this').getByRole('img', { name: /Sent|Read/u })).toBeVisible();
  await expect(message(ada, 'Hold on to this')).toHaveCount(1);
  forgive(complaints);
});

test('an answer that got lost makes no second message', async ({ join, complaints }) => {
  const [ada, grace] = await pair(join);
  let lost = 0;
  await ada.context.route('**/api/conversations/*/messages', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.continue();
    lost += 1;
    await route.fetch(); // the server has it …
    return route.abort('internetdisconnected'); // … and the client does not know
  });
  await say(ada, 'Only once');
  await expect(message(ada, 'Only once').getByRole('img', { name: /Sent|Read/u })).toBeVisible();
  expect(lost).toBe(1);
  await say(ada, 'And another');
  await expect(message(grace, 'And another')).toBeVisible();
  await expect(message(grace, 'Only once')).toHaveCount(1);
  await expect(message(ada, 'Only once')).toHaveCount(1);
  forgive(complaints);
});

test('what is opened first without a network is there, and a part that can’t be loaded leaves the rest as it is', async ({ join, complaints }, info) => {
  const ada = await join(`Ada ${surname()}`);
  const { page } = ada;
  const main = page.getByRole('navigation', { name: 'Main' });
  const loaded = (name: string) => page.evaluate((part) => performance.getEntriesByType('resource').some((entry) => entry.name.includes(part)), name);
  await expect.poll(() => loaded('/assets/emoji-picker-')).toBe(true);
  await ada.context.setOffline(true);
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();

  await ada.context.setOffline(false);
  const scripts = /\/assets\/(search-page|create-group-dialog)-/u;
  await ada.context.route(scripts, (route) => route.abort('internetdisconnected'));
  await page.goto('/');
  await page.getByRole('link', { name: 'Search', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('This could not be loaded');
  await expect(main).toBeVisible();
  await page.screenshot({ path: info.outputPath('missing-view.png') });
  // The server answers, but no longer has the script: a page that is loaded anew asks for that of the newer version.
  const loadedAnew = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Try again' }).click();
  await loadedAnew;
  await expect(page.getByRole('alert')).toContainText('This could not be loaded');
  await page.getByRole('button', { name: 'New group' }).click();
  await expect(page.getByRole('dialog')).toContainText('This could not be loaded');
  await page.screenshot({ path: info.outputPath('missing-dialog.png') });

  await ada.context.setOffline(true);
  await ada.context.unroute(scripts);
  await ada.context.setOffline(false);
  await expect(page.getByRole('dialog', { name: 'New group' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('searchbox', { name: 'Search people, chats and messages' })).toBeVisible();
  forgive(complaints);
});
