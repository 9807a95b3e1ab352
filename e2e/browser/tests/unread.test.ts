import type { Page } from '@playwright/test';
import { attach, expect, message, pair, row, say, test, type Person } from '../lib/people';

/** The browser takes each of its pages for the one that is looked at; this one is told otherwise. */
async function look(page: Page, focused: boolean): Promise<void> {
  await page.evaluate((yes) => {
    document.hasFocus = () => yes;
    window.dispatchEvent(new Event(yes ? 'focus' : 'blur'));
  }, focused);
}

function mark(person: Person, text: string, delivery: string) {
  return message(person, text).getByRole('img', { name: delivery, exact: true });
}

const icon = (page: Page) => page.locator('link[rel="icon"]');

test('messages count as read once they are looked at, and the line above the new ones stays', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  const { page } = grace;
  const log = page.getByRole('log', { name: 'Messages' });
  const line = log.getByRole('separator', { name: 'New messages' });
  const elsewhere = await grace.context.newPage();
  await elsewhere.goto('/');
  const badge = elsewhere.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: ada.name }).getByLabel(/unread/u);

  await look(page, false);
  await say(ada, 'The first of two.');
  await say(ada, 'The second of two.');
  await expect(mark(ada, 'The second of two.', 'Delivered')).toBeVisible();
  await expect(line).toBeVisible();
  for (const [one, name] of [[page, `(2) ${ada.name} · Parley`], [elsewhere, '(2) Parley']] as const) {
    await expect(one).toHaveTitle(name);
    await expect(icon(one)).toHaveAttribute('href', '/favicon-unread.svg');
  }
  await expect(badge).toHaveText('2');
  await page.screenshot({ path: info.outputPath('new-messages.png') });
  await expect(mark(ada, 'The first of two.', 'Read')).toHaveCount(0);

  await look(page, true);
  await expect(mark(ada, 'The second of two.', 'Read')).toBeVisible();
  for (const [one, name] of [[page, `${ada.name} · Parley`], [elsewhere, 'Parley']] as const) {
    await expect(one).toHaveTitle(name);
    await expect(icon(one)).toHaveAttribute('href', '/favicon.svg');
  }
  await expect(badge).toHaveCount(0);
  await say(ada, 'Another one.');
  await expect(mark(ada, 'Another one.', 'Read')).toBeVisible();
  await expect(log).toHaveText(/Hello there.*New messages.*The first of two.*The second of two.*Another one/su);

  await row(grace, ada).hover();
  await page.getByRole('navigation', { name: 'Chats' }).getByRole('button', { name: `Options of ${ada.name}` }).click();
  await page.getByRole('menuitem', { name: 'Mark as unread' }).click();
  await expect(elsewhere).toHaveTitle('(1) Parley');
  await expect(elsewhere.getByRole('img', { name: 'Marked as unread' })).toBeVisible();
});

const tall = (count: number) => Array.from({ length: count }, (_, index) => `Number ${index + 1}\n${'and a line\n'.repeat(5)}`);

test('a chat that is opened at its end leads to its first unread message, however few there are', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = grace;
  const log = page.getByRole('log', { name: 'Messages' });
  for (const count of [8, 14]) {
    await page.getByRole('link', { name: 'Parley' }).click();
    for (const text of tall(count)) await say(ada, text);
    await expect(row(grace, ada).getByLabel(/unread/u)).toHaveText(String(count));
    await row(grace, ada).click();
    await expect(message(grace, `Number ${count}`).last()).toBeInViewport();
    const jump = page.getByRole('button', { name: `${count} new: jump to the first unread message` });
    await jump.click({ timeout: 20_000 });
    await expect(log.getByRole('separator', { name: 'New messages' })).toBeInViewport();
    await expect(jump).toHaveCount(0);
  }
});

test('a chat at its end stays there while the message box grows and shrinks, and not once somebody has scrolled up', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = grace;
  for (const text of tall(8)) await say(ada, text);
  await expect(message(grace, 'Number 8')).toBeInViewport();
  const latest = page.getByRole('button', { name: 'Jump to the latest message' });

  await attach(grace, 'sky.png');
  await expect(message(grace, 'Number 8')).toBeInViewport({ ratio: 0.9 });
  await page.getByRole('button', { name: 'Remove sky.png' }).click();
  await say(ada, 'After the file.');
  await expect(message(grace, 'After the file.')).toBeInViewport({ ratio: 0.9 });

  await message(grace, 'Number 8').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Reply' }).click();
  await expect(page.getByRole('button', { name: 'Cancel the reply' })).toBeVisible();
  await page.keyboard.press('Escape');
  await say(ada, 'After the reply.');
  await expect(message(grace, 'After the reply.')).toBeInViewport({ ratio: 0.9 });
  await expect(latest).toHaveCount(0);

  await message(grace, 'Number 8').hover();
  await page.mouse.wheel(0, -400);
  await expect(latest).toBeVisible();
  await attach(grace, 'sky.png');
  await page.getByRole('button', { name: 'Remove sky.png' }).click();
  await say(ada, 'Below.');
  await expect(latest).toContainText('1 new');
  await expect(message(grace, 'Below.')).not.toBeInViewport();
});

/** Notes down what would be shown on the screen and heard. */
function eavesdrop(): void {
  const told: string[] = [];
  class Note extends EventTarget {
    static permission = 'default';
    static requestPermission() {
      told.push('asked');
      Note.permission = 'granted';
      return Promise.resolve('granted');
    }
    constructor(title: string, { body }: { body: string }) {
      super();
      told.push(`${title}: ${body}`);
    }
    close() {}
  }
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function createOscillator() {
    told.push('tone');
    return make.call(this);
  };
  Object.assign(window, { Notification: Note, told });
}

test('a message that nobody looks at is told by a note and a sound, to whom has allowed it, and not of a muted chat', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  const { page } = grace;
  const told = (what: string) => page.evaluate((text) => (window as unknown as { told: string[] }).told.filter((one) => one.startsWith(text)), what);
  await page.addInitScript(eavesdrop);
  await page.reload();
  await page.getByRole('link', { name: 'Settings' }).click();
  const settings = page.getByRole('region', { name: 'Notifications' });
  expect(await told('asked'), 'nobody is asked before they want it').toEqual([]);
  for (const name of ['Desktop notifications', 'Sound']) {
    const wanted = settings.getByRole('switch', { name });
    if (!(await wanted.isChecked())) await wanted.click();
    await expect(wanted).toBeChecked();
  }
  expect(await told('asked')).toEqual(['asked']);
  await page.screenshot({ path: info.outputPath('notifications.png') });
  await say(ada, 'Knock, knock.');
  await expect.poll(() => told(ada.name)).toEqual([`${ada.name}: Knock, knock.`]);
  await expect.poll(async () => (await told('tone')).length).toBeGreaterThan(0);

  await row(grace, ada).hover();
  await page.getByRole('button', { name: `Options of ${ada.name}` }).click();
  await page.getByRole('menuitem', { name: 'Mute for 8 hours' }).click();
  await expect(row(grace, ada).getByRole('img', { name: 'Muted' })).toBeVisible();
  await say(ada, 'Not so loud.');
  await expect(row(grace, ada)).toContainText('Not so loud.');
  expect(await told(ada.name)).toHaveLength(1);
});
