import { randomInt, randomUUID } from 'node:crypto';
import { AxeBuilder } from '@axe-core/playwright';
import {
  test as base,
  expect,
  request as playwrightRequest,
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';

/** Somebody in a browser of their own. */
export interface Person {
  name: string;
  email: string;
  page: Page;
  context: BrowserContext;
}

export const password = 'correct horse battery';

interface Fixtures {
  /** Opens a browser profile that fails the test on anything its console complains about. */
  visit: (options?: BrowserContextOptions) => Promise<Page>;
  /** Signs somebody up, and leaves them at their chats. */
  join: (name: string, options?: BrowserContextOptions) => Promise<Person>;
  /** What consoles said that they should not, so that a test can take out what it provoked. */
  complaints: string[];
}

export const test = base.extend<Fixtures>({
  // oxlint-disable-next-line no-empty-pattern -- the first argument must be a pattern, and this needs no other fixture
  complaints: async ({}, use) => {
    const complaints: string[] = [];
    await use(complaints);
    expect(complaints, 'errors in the console').toEqual([]);
  },
  visit: async ({ browser, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await newContext(browser, options);
      contexts.push(context);
      const page = await context.newPage();
      listen(page, complaints);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
  join: async ({ visit }, use) => {
    await use(async (name, options) => {
      const page = await visit(options);
      const person = { name, email: `${randomUUID()}@example.org`, page, context: page.context() };
      // The answer's cookies sign the browser in; the page itself is tested elsewhere.
      await signUp(page.context().request, name, person.email);
      await page.goto('/');
      await expect(page.getByRole('link', { name: 'Settings' })).toBeVisible();
      return person;
    });
  },
});

async function signUp(request: APIRequestContext, fullName: string, email: string): Promise<{ id: string; token: string }> {
  const answer = await request.post('/api/auth/signup', { data: { fullName, email, password } });
  expect(answer.status(), await answer.text()).toBe(201);
  const { user, accessToken } = (await answer.json()) as { user: { id: string }; accessToken: string };
  return { id: user.id, token: accessToken };
}

/** Somebody without a browser, who writes to a person. */
export async function stranger(name: string, to: Person, lines: readonly string[]): Promise<void> {
  const request = await playwrightRequest.newContext({ baseURL: process.env.PARLEY_URL ?? '' });
  const { token } = await signUp(request, name, `${randomUUID()}@example.org`);
  await request.dispose();
  const own = await playwrightRequest.newContext({ baseURL: process.env.PARLEY_URL ?? '', extraHTTPHeaders: { Authorization: `Bearer ${token}` } });
  const found = (await (await own.get('/api/users', { params: { q: to.name } })).json()) as { users: { id: string; fullName: string }[] };
  const userId = found.users.find((user) => user.fullName === to.name)?.id;
  const opened = (await (await own.post('/api/conversations', { data: { type: 'direct', userId } })).json()) as { conversation: { id: string } };
  for (const text of lines) {
    const sent = await own.post(`/api/conversations/${opened.conversation.id}/messages`, { data: { clientId: randomUUID(), text } });
    expect(sent.status(), await sent.text()).toBe(201);
  }
  await own.dispose();
}

function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext({
    baseURL: process.env.PARLEY_URL ?? '',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: 'light',
    ...options,
  });
}

/** A refused request also shows in the console, as an error of the network; those that are part of the client's work are no fault. */
const expected = [
  // The question who is signed in, and the refresh that follows on its answer.
  /Failed to load resource: the server responded with a status of 401 .*\/api\/auth\/(me|refresh)/u,
];

function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const text = `${message.text()} ${message.location().url}`;
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(`${message.type()}: ${text}`);
  });
}

/** Opens the chat with somebody by way of the directory. */
export async function openChat(from: Person, to: Person): Promise<void> {
  const { page } = from;
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Contacts' }).click();
  await page.getByRole('searchbox', { name: 'Search contacts' }).fill(to.name);
  // Only when all others have gone does the row stay where it is for the click.
  const found = page.getByRole('region', { name: 'Contacts' }).getByRole('button');
  await expect(found).toHaveCount(1);
  await expect(found).toHaveAccessibleName(new RegExp(to.name, 'u'));
  await found.click();
  await expect(page.getByRole('heading', { level: 1, name: to.name })).toBeVisible();
}

export async function say(person: Person, text: string): Promise<void> {
  await person.page.getByRole('textbox', { name: 'Message' }).fill(text);
  await person.page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** Attaches an image to what is about to be sent. */
export async function attach(person: Person, name: string): Promise<void> {
  await attachFiles(person, [{ name, mimeType: 'image/png', buffer: await sunset(person.page) }]);
}

/** Picks files for what is about to be sent, and waits until all are uploaded. */
export async function attachFiles(person: Person, files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
  const picking = person.page.waitForEvent('filechooser');
  await person.page.getByRole('button', { name: 'Attach files' }).click();
  await (await picking).setFiles(files);
  for (const { name } of files) await expect(person.page.getByRole('button', { name: `Remove ${name}` })).toBeVisible();
}

/** A PNG of 640 by 420 pixels that the page paints itself. */
export async function sunset(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = 640;
    canvas.height = 420;
    const paint = canvas.getContext('2d');
    if (paint === null) throw new Error('no canvas');
    const sky = paint.createLinearGradient(0, 0, 0, 420);
    sky.addColorStop(0, '#22305c');
    sky.addColorStop(0.6, '#d9775c');
    sky.addColorStop(1, '#f3bd84');
    paint.fillStyle = sky;
    paint.fillRect(0, 0, 640, 420);
    paint.fillStyle = '#fff1d0';
    paint.beginPath();
    paint.arc(430, 262, 46, 0, 7);
    paint.fill();
    for (const [height, color] of [[270, '#6b4668'], [310, '#46335a'], [355, '#2a2444']] as const) {
      paint.fillStyle = color;
      paint.beginPath();
      paint.moveTo(0, 420);
      for (let x = 0; x <= 640; x += 8) paint.lineTo(x, height + 26 * Math.sin(x / 90 + height) + 10 * Math.sin(x / 31));
      paint.lineTo(640, 420);
      paint.fill();
    }
    return canvas.toDataURL('image/png');
  });
  return Buffer.from(url.split(',')[1] ?? '', 'base64');
}

/** A message in the open chat. */
export function message(person: Person, text: string | RegExp) {
  return person.page.getByRole('log', { name: 'Messages' }).getByRole('article').filter({ hasText: text });
}

/** A row in the list of chats. */
export function row(person: Person, withWhom: Person) {
  return person.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: withWhom.name });
}

/** Two people with a chat between them, open at both. Tests share a server, so names must be theirs alone to be found. */
export async function pair(
  join: Fixtures['join'],
  names: readonly [string, string] = [`Ada ${surname()}`, `Grace ${surname()}`],
): Promise<[Person, Person]> {
  const ada = await join(names[0]);
  const grace = await join(names[1]);
  await openChat(ada, grace);
  await say(ada, 'Hello there');
  await row(grace, ada).click();
  await expect(message(grace, 'Hello there')).toBeVisible();
  return [ada, grace];
}

/** A name that can be spoken, and that nobody else has. */
export function surname(): string {
  const pick = (letters: string) => letters.charAt(randomInt(letters.length));
  const name = Array.from({ length: 5 }, () => pick('bdfghjklmnprstvwz') + pick('aeiou')).join('');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Fails on whatever axe finds. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect.soft(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}

export { expect };
