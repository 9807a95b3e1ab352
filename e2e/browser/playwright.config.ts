import { defineConfig } from '@playwright/test';
import { chromiumPath } from './lib/chromium';

/** Debian's Chromium drives the tests: nothing is downloaded. */
export default defineConfig({
  testDir: 'tests',
  outputDir: '../artifacts/browser',
  // One server for all, people of their own for each test; two cores have no room for more than one browser.
  workers: 1,
  forbidOnly: process.env.CI !== undefined,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  globalSetup: './lib/server.ts',
  reporter: [['list'], ...(process.env.PLAYWRIGHT_JSON_OUTPUT_FILE === undefined ? [] : ([['json']] as const))],
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: 'light',
    screenshot: 'only-on-failure',
    // It shows the page as it was at each step all the same; a film of each page would cost as much time again as the tests.
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: {
      executablePath: chromiumPath(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--font-render-hinting=none',
      ],
    },
  },
});
