import { randomUUID } from 'node:crypto';
import { expect, expectAccessible, message, pair, say, stranger, sunset, surname, test, type Person } from '../lib/people';

const names = () => [`Ada ${surname()}`, `Grace ${surname()}`, `Alan ${surname()}`] as const;

async function pick(person: Person, name: string): Promise<void> {
  const dialog = person.page.getByRole('dialog');
  await dialog.getByRole('searchbox', { name: 'Search people' }).fill(name);
  await dialog.getByRole('checkbox', { name }).click();
  await expect(dialog.getByRole('button', { name: `Take out ${name}` })).toBeVisible();
}

async function optionsFor(person: Person, name: string, action: string): Promise<void> {
  await person.page.getByRole('button', { name: `Options for ${name}` }).click();
  await person.page.getByRole('menuitem', { name: action }).click();
}

/** Sends the last message of the chat with somebody on into the open one, by way of the API. */
async function forwardLast({ page, context: { request } }: Person, name: string): Promise<void> {
  type Chat = { id: string; title: string; members: { fullName: string }[]; lastMessage: { id: string } };
  const { conversations } = (await (await request.get('/api/conversations')).json()) as { conversations: Chat[] };
  const from = conversations.find(({ members }) => members.length === 2 && members.some(({ fullName }) => fullName === name));
  const to = new URL(page.url()).pathname.split('/')[2];
  const data = { clientId: randomUUID(), forwardOf: { conversationId: from?.id, messageId: from?.lastMessage.id } };
  const sent = await request.post(`/api/conversations/${to}/messages`, { data });
  expect(sent.status(), await sent.text()).toBe(201);
}

test('a group is made, run, handed over and left', async ({ join, complaints }, testInfo) => {
  const [adaName, graceName, alanName] = names();
  const ada = await join(adaName);
  const grace = await join(graceName);
  const alan = await join(alanName);
  const title = `Engine ${surname()}`;

  await ada.page.getByRole('button', { name: 'New group' }).click();
  const creating = ada.page.getByRole('dialog', { name: 'New group' });
  await creating.getByRole('button', { name: 'Create group' }).click();
  await expect(creating).toContainText('Please give the group a name.');
  await creating.getByRole('textbox', { name: 'Name of the group' }).fill(title);
  await creating.getByRole('textbox', { name: 'What it is about' }).fill('All about the engine.');
  await creating.getByRole('searchbox', { name: 'Search people' }).fill(graceName);
  await expect(creating.getByRole('checkbox')).toHaveCount(1);
  await creating.getByRole('searchbox', { name: 'Search people' }).press('Enter');
  await expect(creating.getByRole('button', { name: `Take out ${graceName}` }), 'Enter picks who is found, and does not create the group').toBeVisible();
  await creating.getByLabel('Picture').setInputFiles({ name: 'bad.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await expect(creating.getByRole('alert')).toHaveText('This file is no picture, or it is damaged.');
  await expect(creating.locator('img[src^="blob:"]')).toHaveCount(0);
  await ada.page.route('**/api/conversations', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await creating.getByRole('button', { name: 'Create group' }).click();
  await expect(creating.getByRole('alert').last()).toContainText('Can’t reach the server.');
  await ada.page.unroute('**/api/conversations');
  await expect.poll(() => complaints.splice(0).every((complaint) => /ERR_FAILED .*\/api\/conversations/u.test(complaint))).toBe(true);
  await creating.getByLabel('Picture').setInputFiles({ name: 'sky.png', mimeType: 'image/png', buffer: await sunset(ada.page) });
  await expect(creating.locator('img[src^="blob:"]')).toBeVisible();
  await expectAccessible(ada.page, 'new group');
  await creating.getByRole('button', { name: 'Create group' }).click();
  await expect(ada.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await say(ada, 'Welcome, all.');

  await grace.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: title }).click();
  await expect(message(grace, 'Welcome, all.')).toContainText(adaName);
  const tick = (name: string) => message(ada, 'Welcome, all.').first().getByRole('img', { name, exact: true });
  await expect(tick('Read')).toBeVisible();

  await ada.page.getByRole('link', { name: title, exact: true }).click();
  const info = ada.page.getByRole('complementary', { name: 'Group' });
  await expect(info).toContainText('All about the engine.');
  await expect(info.locator('img[src^="/api/uploads/"]')).toBeVisible();
  await info.getByRole('button', { name: 'Add' }).click();
  await pick(ada, alanName);
  await ada.page.route('**/members', (route) => route.abort());
  await ada.page.getByRole('button', { name: 'Add to the group' }).click();
  const toast = ada.page.locator('[data-toasts]');
  await expect(toast).toContainText('Can’t reach the server.');
  expect(await toast.evaluate((element) => element.matches(':popover-open')), 'a toast is in front of the dialog').toBe(true);
  await ada.page.screenshot({ path: testInfo.outputPath('toast-and-dialog.png') });
  await ada.page.unroute('**/members');
  await expect.poll(() => complaints.splice(0).every((complaint) => /ERR_FAILED .*\/members/u.test(complaint))).toBe(true);
  await ada.page.getByRole('button', { name: 'Add to the group' }).click();
  await expect(info.getByRole('list', { name: 'Members' })).toContainText(alanName);
  await expectAccessible(ada.page, 'group panel');
  // Ticks are of all members: Alan, who is new, has it on his device, and has not looked yet.
  await say(ada, 'For both of you.');
  await expect(message(grace, 'For both of you.')).toBeVisible();
  const both = (name: string) => message(ada, 'For both of you.').getByRole('img', { name, exact: true });
  await expect(both('Delivered')).toBeVisible();
  await ada.page.screenshot({ path: testInfo.outputPath('group-delivered.png') });

  await optionsFor(ada, graceName, 'Make an admin');
  await expect(info.getByRole('listitem').filter({ hasText: graceName })).toContainText('Admin');
  await info.getByRole('button', { name: 'Edit group' }).click();
  await info.getByRole('textbox', { name: 'Name of the group' }).fill(`${title} II`);
  await info.getByRole('button', { name: 'Save' }).click();
  await expect(grace.page.getByRole('heading', { level: 1, name: `${title} II` })).toBeVisible();

  await alan.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: `${title} II` }).click();
  await expect(alan.page.getByRole('textbox', { name: 'Message' })).toBeVisible();
  await expect(both('Read')).toBeVisible();
  const typing = ada.page.getByRole('status', { name: 'Typing' });
  for (const { page } of [grace, alan]) await page.getByRole('textbox', { name: 'Message' }).pressSequentially('Hm');
  await expect(typing).toContainText(new RegExp(`(${graceName} and ${alanName}|${alanName} and ${graceName}) are typing`, 'u'));
  await ada.page.screenshot({ path: testInfo.outputPath('two-typing.png') });
  for (const { page } of [grace, alan]) await page.getByRole('textbox', { name: 'Message' }).fill('');
  await expect(typing).not.toContainText('typing');
  const field = ada.page.getByRole('textbox', { name: 'Message' });
  await field.pressSequentially('Look, @gra');
  const people = ada.page.getByRole('listbox', { name: 'People to mention' });
  await expect(people.getByRole('option', { name: graceName })).toHaveAttribute('aria-selected', 'true');
  await expectAccessible(ada.page, 'people to mention');
  await field.press('Enter');
  await field.pressSequentially('and @al');
  await expect(people.getByRole('option')).toHaveText(['all: everybody here', new RegExp(alanName, 'u')]);
  await field.press('ArrowDown');
  await field.press('Enter');
  await field.press('Enter');
  await expect(message(grace, `Look, @${graceName} and @${alanName}`)).toBeVisible();
  await field.press('ArrowUp');
  await expect(ada.page.getByRole('textbox', { name: 'Edit message' })).toHaveValue(`Look, @${graceName} and @${alanName}`);
  await ada.page.keyboard.press('Escape');

  const choose = async (item: string) => {
    await message(ada, 'Welcome, all.').first().click({ button: 'right' });
    await ada.page.getByRole('menu', { name: 'Message options' }).getByRole('menuitem', { name: item }).click();
  };
  await choose('Who has read it');
  const readers = ada.page.getByRole('dialog', { name: 'Who has read it' });
  await expect(readers.getByRole('list', { name: 'Read by' })).toContainText(graceName);
  await expectAccessible(ada.page, 'who has read it');
  await readers.getByRole('button', { name: 'Close' }).click();
  await choose('Forward');
  const forward = ada.page.getByRole('dialog', { name: 'Forward to' });
  await expectAccessible(ada.page, 'forward to');
  // The first answer gets lost: the copy goes out again by itself, and is one all the same.
  let lost = 0;
  const send = '**/api/conversations/*/messages';
  await ada.page.route(send, async (route) => {
    if (route.request().postDataJSON()?.forwardOf === undefined || lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await forward.getByRole('button', { name: `${title} II` }).click();
  await expect(forward).toHaveCount(0);
  await expect(ada.page.getByText(`Forwarding to ${title} II.`)).toBeVisible();
  await expect(message(ada, 'Welcome, all.').last().getByRole('img', { name: /Sent|Delivered|Read/u })).toBeVisible();
  await ada.page.unroute(send);
  expect(lost).toBe(1);
  await expect.poll(() => complaints.splice(0).every((complaint) => /ERR_FAILED .*\/messages/u.test(complaint))).toBe(true);
  await expect(message(grace, 'Welcome, all.')).toHaveCount(2);
  await expect(message(grace, 'Welcome, all.').last()).toContainText(`Forwarded from ${adaName}`);
  const hedy = `Hedy ${surname()}`;
  await stranger(hedy, ada, ['Let us hop.']);
  await forwardLast(ada, hedy);
  await expect(message(grace, 'Let us hop.')).toContainText(`Forwarded from ${hedy}`);
  await choose('Pin');
  await grace.page.getByRole('link', { name: 'Pinned messages' }).click();
  const pins = grace.page.getByRole('complementary', { name: 'Pinned messages' });
  await expect(pins.getByRole('listitem')).toContainText('Welcome, all.');
  await expectAccessible(grace.page, 'pinned messages');
  await grace.page.screenshot({ path: testInfo.outputPath('pins.png') });
  await pins.getByRole('button', { name: 'Unpin' }).click();
  await expect(pins).toContainText('Nothing is pinned');

  await optionsFor(ada, alanName, 'Remove from the group');
  await ada.page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(alan.page.getByRole('heading', { name: 'There is no such chat' })).toBeVisible();

  await expect(info.getByRole('button', { name: 'Leave group' })).toBeDisabled();
  await optionsFor(ada, graceName, 'Hand the group over');
  await ada.page.getByRole('button', { name: 'Hand over', exact: true }).click();
  await info.getByRole('button', { name: 'Leave group' }).click();
  await ada.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await expect(ada.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: title })).toHaveCount(0);
  await expect(grace.page.getByRole('region', { name: 'Conversation' })).toContainText('1 member');
  await message(grace, 'For both of you.').click({ button: 'right' });
  await grace.page.getByRole('menuitem', { name: 'Pin' }).click();
  await grace.page.reload();
  await expect(pins.getByRole('listitem'), 'who has left has a name still').toContainText(adaName);
  await pins.getByRole('button', { name: /For both of you/u }).click();
  await expect(message(grace, 'For both of you.')).toBeInViewport();
  const lines = [`${adaName} added ${alanName}`, `${adaName} called the group “${title} II”`, `${adaName} removed ${alanName}`, `${adaName} left`];
  const lived = new RegExp(lines.join('.*'), 'su');
  await expect(grace.page.getByRole('log', { name: 'Messages' })).toContainText(lived);
  await grace.page.reload();
  await expect(grace.page.getByRole('log', { name: 'Messages' })).toContainText(lived);
  await expect(message(grace, 'Look,')).toContainText(adaName);
});

test('an invite link brings somebody in, also through signing in', async ({ join, visit, complaints }, info) => {
  const ada = await join(`Ada ${surname()}`);
  const title = `Notes ${surname()}`;
  await ada.page.getByRole('button', { name: 'New group' }).click();
  await ada.page.getByRole('textbox', { name: 'Name of the group' }).fill(title);
  await ada.page.getByRole('button', { name: 'Create group' }).click();
  await ada.page.getByRole('link', { name: title, exact: true }).click();
  const links = ada.page.getByRole('region', { name: 'Invite links' });
  await links.getByRole('combobox', { name: 'Can be used by' }).selectOption('one person');
  await links.getByRole('button', { name: 'Create link' }).click();
  const url = (await links.getByRole('listitem').locator('.font-mono').textContent()) ?? '';
  expect(new URL(url).pathname).toBe('/join');

  const grace = await join(`Grace ${surname()}`);
  await grace.page.goto(url);
  await expect(grace.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  expect(new URL(grace.page.url()).hash, 'the code is no longer in the address').toBe('');
  await grace.page.reload();
  await expect(grace.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  // As if it had been put into the address bar: the page itself stays.
  await grace.page.evaluate(() => window.location.assign('#no-such-code'));
  await expect(grace.page.getByRole('heading', { name: 'This invite can’t be used' })).toBeVisible();
  await grace.page.evaluate((hash) => window.location.assign(hash), new URL(url).hash);
  await expect(grace.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await expectAccessible(grace.page, 'invite');
  await grace.page.screenshot({ path: info.outputPath('invite.png') });
  await grace.page.getByRole('button', { name: 'Join group' }).click();
  await expect(grace.page.getByRole('textbox', { name: 'Message' })).toBeVisible();
  await say(grace, 'Here I am.');
  await ada.page.getByRole('button', { name: 'Close' }).click();
  await expect(message(ada, 'Here I am.')).toBeVisible();

  const late = await visit();
  await late.goto(url);
  await late.getByRole('link', { name: /sign up|create/iu }).click();
  await late.getByRole('textbox', { name: 'Full name' }).fill(`Alan ${surname()}`);
  await late.getByRole('textbox', { name: 'Email' }).fill(`${surname().toLowerCase()}${Date.now()}@example.org`);
  await late.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await late.getByRole('button', { name: /create|sign up/iu }).click();
  await expect(late.getByRole('heading', { name: 'This invite can’t be used' })).toBeVisible();
  // The refusal that the page tells of.
  await expect.poll(() => complaints.splice(0).every((complaint) => /404 .*\/api\/invites\//u.test(complaint))).toBe(true);
});

test('a profile shows who somebody is, and blocks them', async ({ join }, info) => {
  const ada = await join(`Ada ${surname()}`);
  const grace = await join(`Grace ${surname()}`);
  await ada.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Contacts' }).click();
  await ada.page.getByRole('searchbox', { name: 'Search contacts' }).fill(grace.name);
  const found = ada.page.getByRole('region', { name: 'Contacts' }).getByRole('button');
  await expect(found).toHaveCount(1);
  await found.click();
  await ada.page.getByRole('link', { name: grace.name, exact: true }).click();
  const profile = ada.page.getByRole('complementary', { name: 'Profile' });
  await expect(profile.getByRole('heading', { name: grace.name })).toBeVisible();
  await expectAccessible(ada.page, 'profile');
  await profile.getByRole('button', { name: 'Block' }).click();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
  await expect(profile.getByRole('button', { name: 'Unblock' })).toBeVisible();
  await ada.page.screenshot({ path: info.outputPath('blocked.png') });
  await profile.getByRole('button', { name: 'Unblock' }).click();
  await expect(profile.getByRole('button', { name: 'Block' })).toBeVisible();
  await ada.page.keyboard.press('Escape');
  await expect(profile).toHaveCount(0);
});

test('nobody is offered to write to whom they have blocked, and the other side is not told', async ({ join, complaints }) => {
  const [ada, grace] = await pair(join);
  await ada.page.getByRole('link', { name: grace.name, exact: true }).click();
  const profile = ada.page.getByRole('complementary', { name: 'Profile' });
  await profile.getByRole('button', { name: 'Block' }).click();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
  const conversation = ada.page.getByRole('region', { name: 'Conversation' });
  await expect(conversation).toContainText(`You blocked ${grace.name}.`);
  await expect(conversation.getByRole('textbox')).toHaveCount(0);
  await ada.page.reload();
  await expect(conversation).toContainText(`You blocked ${grace.name}.`);
  await expectAccessible(ada.page, 'blocked');
  await message(ada, 'Hello there').click({ button: 'right' });
  await expect(ada.page.getByRole('menuitem', { name: 'Copy text' })).toBeVisible();
  await expect(ada.page.getByRole('menuitem', { name: 'Reply' })).toHaveCount(0);
  await ada.page.keyboard.press('Escape');

  await say(grace, 'Are you angry?');
  await expect(message(grace, 'Are you angry?').getByRole('alert')).toContainText('Not sent.');
  await expect(grace.page.getByRole('button', { name: 'Retry' })).toHaveCount(0);
  await grace.page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(grace.page, 'a message that was not sent, in the dark');
  await expect(grace.page.getByRole('region', { name: 'Conversation' })).not.toContainText('blocked');

  await conversation.getByRole('button', { name: 'Unblock' }).click();
  await say(ada, 'Not any more');
  await expect(message(grace, 'Not any more')).toBeVisible();
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('403')));
});
