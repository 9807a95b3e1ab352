import { expect, message, openChat, pair, password, row, say, surname, test, type Person } from '../lib/people';

test('two people sign up, find each other and chat both ways', async ({ visit }) => {
  const people: Person[] = [];
  for (const first of ['Ada', 'Grace']) {
    const page = await visit();
    const name = `${first} ${surname()}`;
    const email = `${name.replace(' ', '.').toLowerCase()}@example.org`;
    await page.goto('/');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Full name').fill(name);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByRole('heading', { name: 'No chats yet' })).toBeVisible();
    people.push({ name, email, page, context: page.context() });
  }
  const [ada, grace] = people as [Person, Person];
  await openChat(ada, grace);
  await say(ada, 'Hello there');
  await row(grace, ada).click();
  await expect(message(grace, 'Hello there')).toBeVisible();
  await say(grace, 'Nice to meet you');
  await expect(message(ada, 'Nice to meet you')).toBeVisible();
  await expect(message(ada, 'Hello there')).toHaveCount(1);
  await expect(message(grace, 'Hello there')).toHaveCount(1);
  await expect(row(ada, grace)).toContainText('Nice to meet you');
});

test('text is shown as it is, never run', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const nasty = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script> https://example.org javascript:alert(1)';
  await say(ada, nasty);
  await expect(message(grace, nasty)).toBeVisible();
  await expect(message(grace, nasty).locator('script, img')).toHaveCount(0);
  await expect(message(grace, nasty).getByRole('link')).toHaveAttribute('href', 'https://example.org');
  await expect(grace.page).not.toHaveTitle('owned');
});

test('typing shows, and ends', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const typing = grace.page.getByRole('status', { name: 'Typing' });
  await ada.page.getByRole('textbox', { name: 'Message' }).pressSequentially('Let me think');
  await expect(typing).toContainText('typing');
  await expect(row(grace, ada)).toContainText('typing');
  await ada.page.getByRole('textbox', { name: 'Message' }).fill('');
  await expect(typing).not.toContainText('typing');
});

test('who asks for less motion sees none', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const typing = grace.page.getByRole('status', { name: 'Typing' });
  const moving = async () => grace.page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === 'running').length);
  const message = ada.page.getByRole('textbox', { name: 'Message' });
  await message.pressSequentially('Let me think');
  await expect(typing).toContainText('typing');
  await expect.poll(moving, 'the dots move as long as somebody types').toBeGreaterThan(0);
  await grace.page.emulateMedia({ reducedMotion: 'reduce' });
  await expect.poll(moving).toBe(0);
  await message.pressSequentially(', then');
  await expect(typing).toContainText('typing');
  expect(await moving()).toBe(0);
});

test('a message becomes read when the other side looks at it', async ({ join }) => {
  const [ada, grace] = await pair(join);
  await expect(message(ada, 'Hello there').getByRole('img', { name: 'Read' })).toBeVisible();
  await grace.page.getByRole('link', { name: 'Settings' }).click();
  await expect(grace.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await say(ada, 'Are you there?');
  await expect(message(ada, 'Are you there?').getByRole('img', { name: 'Delivered' })).toBeVisible();
  await expect(row(grace, ada).getByLabel('1 unread')).toBeVisible();
  await row(grace, ada).click();
  await expect(message(ada, 'Are you there?').getByRole('img', { name: 'Read' })).toBeVisible();
  await expect(row(grace, ada).getByLabel(/unread/u)).toHaveCount(0);
});

test('presence: online, away, invisible, online again, and then last seen', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  const conversation = ada.page.getByRole('region', { name: 'Conversation' });
  await expect(conversation).toContainText('Online');
  await grace.page.clock.install();
  await grace.page.reload();
  await expect(row(grace, ada)).toBeVisible();
  await grace.page.clock.fastForward('05:01');
  await expect(conversation).toContainText('Away');
  await ada.page.screenshot({ path: info.outputPath('away.png') });
  await grace.page.mouse.move(200, 200);
  await expect(conversation).toContainText('Online');
  await grace.page.getByRole('link', { name: 'Settings' }).click();
  const privacy = grace.page.getByRole('region', { name: 'Privacy' });
  await privacy.getByRole('switch', { name: 'Invisible' }).click();
  await expect(conversation).not.toContainText('Online');
  await privacy.getByRole('switch', { name: 'Invisible' }).click();
  await expect(conversation).toContainText('Online');
  await privacy.getByText('Nobody', { exact: true }).click();
  await expect(conversation).not.toContainText('Online');
  await privacy.getByText('Everybody').click();
  await expect(conversation).toContainText('Online');
  await grace.page.goto('about:blank');
  await expect(conversation).toContainText('Last seen', { timeout: 30_000 });
});

test('a chat that is not there is told, and so is a foreign one', async ({ join, complaints }) => {
  const [ada] = await pair(join);
  const eve = await join('Eve Stranger');
  await eve.page.goto(new URL(ada.page.url()).pathname);
  await expect(eve.page.getByRole('heading', { name: 'There is no such chat' })).toBeVisible();
  expect(complaints.filter((text) => text.includes('404')).length).toBeGreaterThan(0);
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('404')));
});

test('the same person on two devices sees the same', async ({ join, visit }) => {
  const [ada, grace] = await pair(join);
  const page = await visit();
  await page.goto('/login');
  await page.getByLabel('Email').fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  const adasPhone = { ...ada, page, context: page.context() };
  await openChat(adasPhone, grace);
  await say(ada, 'From the desk');
  await expect(message(adasPhone, 'From the desk')).toBeVisible();
  await say(adasPhone, 'From the phone');
  await expect(message(ada, 'From the phone')).toBeVisible();
  await expect(message(grace, 'From the phone')).toBeVisible();
});

test('a contact opens, though the search answers between press and release', async ({ join }) => {
  const family = surname();
  const name = `Grace ${family}`;
  const ada = await join('Ada Presser');
  for (const other of [`Aaron ${family}`, `Abel ${family}`, name]) await join(other);
  const { page } = ada;
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Contacts' }).click();
  const contacts = page.getByRole('region', { name: 'Contacts' });
  const found = contacts.getByRole('button', { name });
  await page.getByRole('searchbox', { name: 'Search contacts' }).fill(family);
  await expect(contacts.getByRole('button', { name: family })).toHaveCount(3);
  // Not three among all people any more: the list must not change before the press.
  await expect(contacts.getByRole('button')).toHaveCount(3);
  await page.route('**/api/users?q=*', async (route) => {
    await asked;
    await route.continue();
  });
  await page.getByRole('searchbox', { name: 'Search contacts' }).fill(name);
  await found.hover();
  await page.mouse.down();
  const answered = page.waitForResponse('**/api/users?q=*');
  answer();
  await (await answered).finished();
  await page.waitForTimeout(300);
  await page.mouse.up();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});
