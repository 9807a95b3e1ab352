import { attach, attachFiles, expect, expectAccessible, message, openChat, pair, row, say, sunset, test, type Person } from '../lib/people';

const pdf = { name: 'Notes on the Engine.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 no real one') };
const script = "document.title='owned'; fetch('/owned')";
const html = { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from(`<!doctype html><title>page</title><script>${script}</script>`) };
const svg = { name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><script>${script}</script></svg>`) };

test('files of any kind go along, are saved by the other side, and never run', async ({ join }) => {
  const [ada, grace] = await pair(join);
  await attachFiles(ada, [pdf, html, svg, { name: 'sky.png', mimeType: 'image/png', buffer: await sunset(ada.page) }]);
  await say(ada, 'All I have.');
  const got = message(grace, 'All I have.');
  await expect(got.getByRole('button', { name: 'Open image' })).toBeVisible();
  await expect(got.getByRole('link', { name: /^Download/u })).toHaveCount(3);
  const downloading = grace.page.waitForEvent('download');
  await got.getByRole('link', { name: `Download ${pdf.name}` }).click();
  expect((await downloading).suggestedFilename()).toBe(pdf.name);
  await expectAccessible(grace.page, 'message with files');
  await expectAccessible(ada.page, 'own message with files');

  const asked: string[] = [];
  grace.context.on('request', (request) => asked.push(request.url()));
  for (const { name, buffer } of [html, svg]) {
    const href = await got.getByRole('link', { name: `Download ${name}` }).getAttribute('href');
    const url = new URL(href ?? '', grace.page.url()).href;
    // Opened in a tab of its own, as by a link that somebody sends: it is saved, nothing is shown.
    const tab = await grace.context.newPage();
    const saving = tab.waitForEvent('download');
    await expect(tab.goto(url)).rejects.toThrow(/Download is starting|ERR_ABORTED/u);
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe(name);
    expect(tab.url()).toBe('about:blank');
    // In a frame or as a picture of the page it is as dead.
    const shown = await grace.page.evaluate(async (src) => {
      const picture = new Image();
      picture.src = src;
      return picture.decode().then(() => true, () => false);
    }, url);
    expect(shown, `${name} as a picture`).toBe(false);
    const answer = await grace.context.request.get(url);
    expect((await answer.body()).equals(buffer), 'byte for byte').toBe(true);
    expect(answer.headers()).toMatchObject({ 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' });
    expect(answer.headers()['content-security-policy']).toContain('sandbox');
    await tab.close();
  }
  expect(asked.filter((url) => url.endsWith('/owned'))).toEqual([]);
  await expect(grace.page).not.toHaveTitle('owned');
});

/** Lets a file fall on the page, or pastes it. */
async function give({ page }: Person, how: 'drop' | 'paste', name: string, size: number): Promise<void> {
  await page.evaluate(
    ([how, name, size]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(size)], name, { type: 'application/x-test' }));
      const target = document.querySelector(how === 'drop' ? '[role="log"]' : 'textarea');
      const init = { bubbles: true, cancelable: true };
      const event = how === 'drop' ? new DragEvent('drop', { ...init, dataTransfer: data }) : new ClipboardEvent('paste', { ...init, clipboardData: data });
      target?.dispatchEvent(event);
    },
    [how, name, size] as const,
  );
}

test('uploads by drop and paste: refused, broken, cancelled, tried again, and kept while one looks elsewhere', async ({ join, complaints }, info) => {
  const [ada, grace] = await pair(join);
  const other = await join(`Hedy ${grace.name.split(' ')[1] ?? ''}`);
  await openChat(ada, other);
  await say(ada, 'Hello to you, too');
  await row(ada, grace).click();
  const { page } = ada;
  const tray = page.getByRole('list', { name: 'Files to send' });
  await give(ada, 'drop', 'film.mov', 26 * 1024 * 1024);
  await expect(page.getByRole('alert')).toContainText('film.mov is too large: files can have at most 25 MB.');
  await expect(tray).toHaveCount(0);

  await page.route('**/api/uploads', (route) => route.abort());
  await give(ada, 'drop', 'plans.bin', 3000);
  await expect(tray.getByRole('listitem')).toContainText('The connection broke');
  await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
  await page.unroute('**/api/uploads');
  await page.getByRole('button', { name: 'Upload plans.bin again' }).click();
  await expect(page.getByRole('button', { name: 'Remove plans.bin' })).toBeVisible();

  await page.route('**/api/uploads', () => undefined);
  await give(ada, 'paste', 'endless.bin', 100);
  await expect(page.getByRole('progressbar', { name: 'Uploading endless.bin' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
  await expectAccessible(page, 'uploads');
  await page.screenshot({ path: info.outputPath('uploads.png') });
  await row(ada, other).click();
  await expect(tray).toHaveCount(0);
  await row(ada, grace).click();
  await page.getByRole('button', { name: 'Cancel uploading endless.bin' }).click();
  await expect(tray.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(tray).toHaveCount(0);
  await expect(grace.page.getByRole('link', { name: 'Download plans.bin, 2.9 KB' })).toBeVisible();
  await expect(row(grace, ada)).toContainText('plans.bin');
  const broken = complaints.filter((text) => text.includes('ERR_FAILED'));
  expect(broken.length).toBeGreaterThan(0);
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !broken.includes(text)));
});

test('one looks through the pictures of a chat by key, button and finger', async ({ join }, info) => {
  const [ada, grace] = await pair(join);
  for (const name of ['one.png', 'two.png']) await attach(ada, name);
  await say(ada, 'Two');
  await attach(ada, 'three.png');
  await say(ada, 'And one');
  const opener = message(grace, 'Two').getByRole('button', { name: 'Open image 2 of 2' });
  await expect(message(grace, 'And one').getByRole('button', { name: 'Open image' })).toBeVisible();
  await opener.click();
  const viewer = grace.page.getByRole('dialog', { name: 'Image viewer' });
  const picture = (name: string) => viewer.getByRole('img', { name });
  await expect.poll(() => picture('two.png').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(640);
  await expectAccessible(grace.page, 'image viewer');
  await grace.page.screenshot({ path: info.outputPath('viewer.png') });
  await grace.page.keyboard.press('ArrowRight');
  await expect(picture('three.png')).toBeVisible();
  await grace.page.keyboard.press('ArrowRight');
  await expect(viewer.getByRole('status').filter({ hasText: '3 of 3' })).toBeVisible();
  await viewer.getByRole('button', { name: 'Previous image' }).click();
  await expect(picture('two.png')).toBeVisible();
  const surface = picture('two.png').locator('..');
  const finger = (type: string, clientX: number) =>
    surface.dispatchEvent(type, { pointerType: 'touch', isPrimary: true, pointerId: 7, clientX, clientY: 300, bubbles: true });
  await finger('pointerdown', 300);
  await finger('pointerup', 460);
  await expect(picture('one.png')).toBeVisible();
  const downloading = grace.page.waitForEvent('download');
  await viewer.getByRole('link', { name: 'Download' }).click();
  expect((await downloading).suggestedFilename()).toBe('one.png');
  for (let n = 0; n < 5; n += 1) {
    await grace.page.keyboard.press('Tab');
    expect(await viewer.evaluate((dialog) => dialog.contains(document.activeElement) || document.activeElement === document.body)).toBe(true);
  }
  await grace.page.keyboard.press('Escape');
  await expect(viewer).toHaveCount(0);
  await expect(opener).toBeFocused();
});
