import { expect, expectAccessible, pair, password, test } from '../lib/people';

test('wrong input is told beside its field', async ({ visit, complaints }) => {
  const page = await visit();
  await page.goto('/signup');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Full name')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Email')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible(page, 'sign-up with errors');

  await page.getByRole('link', { name: 'Log in' }).click();
  await page.getByLabel('Email').fill('nobody@example.org');
  await page.getByLabel('Password', { exact: true }).fill('wrong password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expectAccessible(page, 'log-in with an error');
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toMatch(/401.*\/api\/auth\/login/u);
  complaints.length = 0;
});

test('the address typed at the login is there where a new password is asked for', async ({ visit }) => {
  const page = await visit();
  await page.goto('/login');
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(page).toHaveURL('/forgot-password');
  await expect(page.getByLabel('Email')).toHaveValue('ada@example.org');
});

test('somebody signed in stays so over a reload, and is out after logging out', async ({ join }) => {
  const { page } = await join('Ida Rhodes');
  await page.reload();
  await expect(page.getByRole('link', { name: 'Settings' })).toBeVisible();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await page.goto('/settings');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('no script of the page can read a token', async ({ join }) => {
  const { page, context } = await join('Mary Keller');
  expect(await page.evaluate(() => document.cookie)).not.toContain('parley');
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('parley'));
  expect(cookies.length).toBeGreaterThanOrEqual(2);
  for (const { httpOnly, sameSite, value } of cookies) {
    expect(httpOnly).toBe(true);
    expect(sameSite).toBe('Lax');
    expect(stored).not.toContain(value);
  }
});

test('a device that is logged out from another one is out at once', async ({ join, visit, complaints }) => {
  const ada = await join('Jean Bartik');
  const other = await visit();
  await other.goto('/login');
  await other.getByLabel('Email').fill(ada.email);
  await other.getByLabel('Password', { exact: true }).fill(password);
  await other.getByRole('button', { name: 'Log in' }).click();
  await expect(other.getByRole('link', { name: 'Settings' })).toBeVisible();

  await ada.page.getByRole('link', { name: 'Settings' }).click();
  const devices = ada.page.getByRole('list', { name: 'Devices' });
  await expect(devices.getByRole('listitem')).toHaveCount(2);
  await devices.getByRole('button', { name: /Log out/u }).click();
  await expect(devices.getByRole('listitem')).toHaveCount(1);
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await expect(ada.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  // Finding out that it is out takes refused requests.
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !/401/u.test(text)));
});

test('the profile is kept, and others see it', async ({ join }) => {
  const [ada, grace] = await pair(join);
  await ada.page.getByRole('link', { name: 'Settings' }).click();
  await ada.page.getByLabel('About you').fill('I debug in my sleep.');
  await ada.page.getByRole('button', { name: 'Save profile' }).click();
  await expect(ada.page.getByText('Profile saved.')).toBeVisible();
  await grace.page.getByRole('link', { name: 'Contacts' }).click();
  await grace.page.getByRole('searchbox', { name: 'Search contacts' }).fill(ada.name);
  await expect(grace.page.getByRole('region', { name: 'Contacts' }).getByText('I debug in my sleep.')).toBeVisible();
});
