import type { Page } from '@playwright/test';
import { expect, message, pair, row, say, test, type Person } from '../lib/people';

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
  for (const one of [page, elsewhere]) {
    await expect(one).toHaveTitle('(2) Parley');
    await expect(icon(one)).toHaveAttribute('href', '/favicon-unread.svg');
  }
  await expect(badge).toHaveText('2');
  await page.screenshot({ path: info.outputPath('new-messages.png') });
  await expect(mark(ada, 'The first of two.', 'Read')).toHaveCount(0);

  await look(page, true);
  await expect(mark(ada, 'The second of two.', 'Read')).toBeVisible();
  for (const one of [page, elsewhere]) {
    await expect(one).toHaveTitle('Parley');
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
