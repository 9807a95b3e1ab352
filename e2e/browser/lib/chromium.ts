import { existsSync } from 'node:fs';

/**
 * Where the browser is: CHROMIUM, or one of the places where distributions put it. The shell comes first: it is the same
 * browser without windows around its pages, which nobody sees and which take much of its time.
 */
export function chromiumPath(): string {
  const candidates = [process.env.CHROMIUM, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error('No Chromium found: install it (apt-get install chromium-headless-shell), or name it in CHROMIUM.');
  return found;
}
