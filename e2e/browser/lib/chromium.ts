import { existsSync } from 'node:fs';

/** Where the browser is: CHROMIUM, or one of the places where distributions put it. */
export function chromiumPath(): string {
  const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error('No Chromium found: install it (apt-get install chromium), or name it in CHROMIUM.');
  return found;
}
