import type { Page } from '@playwright/test';
import { expect, message, pair, password, row, stranger, surname, test } from '../lib/people';

// Who has no mouse is lost where nothing has the focus.

const nowhere = (page: Page) => page.evaluate(() => document.activeElement === document.body);

test('a dialog gives the focus back when what it asks for is done, and begins in its field', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = ada;
  const hello = message(ada, 'Hello there');
  const choose = async (item: string) => {
    await hello.focus();
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menuitem', { name: item }).press('Enter');
  };
  await choose('Forward');
  await expect(page.getByRole('searchbox', { name: 'Search chats' })).toBeFocused();
  await page.getByRole('dialog').getByRole('button', { name: grace.name }).press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(hello.first()).toBeFocused();
  await page.getByRole('link', { name: grace.name, exact: true }).press('Enter');
  await page.getByRole('button', { name: 'Block', exact: true }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).press('Enter');
  await expect(page.getByRole('complementary').getByRole('button', { name: 'Unblock' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary').getByRole('button', { name: 'Block', exact: true })).toBeFocused();
});

test('in a group, what goes away hands the focus on', async ({ join }) => {
  const [ada, grace] = await pair(join);
  const { page } = ada;
  await page.getByRole('button', { name: 'New group' }).first().click();
  const making = page.getByRole('dialog', { name: 'New group' });
  await making.getByLabel('Name of the group').fill(`Club ${surname()}`);
  await making.getByRole('searchbox', { name: 'Search people' }).fill(grace.name);
  await making.getByRole('checkbox', { name: grace.name }).click();
  await making.getByRole('button', { name: 'Create group' }).click();
  await expect(making).toHaveCount(0);
  await page.getByRole('link', { name: /^Club/u }).last().press('Enter');
  const panel = page.getByRole('complementary', { name: 'Group' });
  await panel.getByRole('button', { name: 'Create link' }).press('Enter');
  await expect(panel.getByRole('button', { name: 'Copy link' })).toHaveCount(1);
  await expect(panel.getByRole('button', { name: 'Create link' })).toBeFocused();
  await panel.getByRole('button', { name: 'Edit group' }).press('Enter');
  await expect(panel.getByLabel('Name of the group')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(panel.getByRole('button', { name: 'Edit group' })).toBeFocused();
  await panel.getByRole('button', { name: 'Add', exact: true }).press('Enter');
  await expect(page.getByRole('searchbox', { name: 'Search people' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(panel.getByRole('button', { name: 'Add', exact: true })).toBeFocused();
  await panel.getByRole('button', { name: `Options for ${grace.name}` }).press('Enter');
  await page.getByRole('menuitem', { name: 'Remove from the group' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).press('Enter');
  await expect(panel.getByText(grace.name)).toHaveCount(0);
  expect(await nowhere(page)).toBe(false);
  await panel.getByRole('button', { name: 'End group for everybody' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'End group' }).press('Enter');
  await expect(panel).toHaveCount(0);
  expect(await nowhere(page)).toBe(false);
});

test('in the list and the settings, the focus stays', async ({ join, visit, complaints }) => {
  const [ada, grace] = await pair(join);
  await stranger('Alan Neighbour', ada, ['Hello']);
  const { page } = ada;
  await expect(row(ada, grace)).toBeVisible();
  await page.getByRole('navigation', { name: 'Chats' }).getByRole('button', { name: `Options of ${grace.name}` }).press('Enter');
  await page.getByRole('menuitem', { name: 'Archive' }).press('Enter');
  await expect(row(ada, grace)).toHaveCount(0);
  expect(await nowhere(page)).toBe(false);

  const other = await visit();
  await other.goto('/login');
  await other.getByLabel('Email').fill(ada.email);
  await other.getByLabel('Password', { exact: true }).fill('not the password');
  await other.getByRole('button', { name: 'Log in' }).press('Enter');
  await expect(other.getByRole('alert')).toBeVisible();
  await expect(other.getByRole('button', { name: 'Log in' })).toBeFocused();
  await other.getByLabel('Password', { exact: true }).fill(password);
  await other.keyboard.press('Enter');
  await expect(other.getByRole('link', { name: 'Settings' })).toBeVisible();

  await page.getByRole('link', { name: 'Settings' }).press('Enter');
  await page.getByLabel('About you').fill('Countess');
  await page.getByRole('button', { name: 'Save profile' }).press('Enter');
  await expect(page.getByText('Profile saved.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save profile' })).toBeFocused();
  await page.getByLabel('Current password').fill('not the password');
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).press('Enter');
  await expect(page.getByText('This is not your password.')).toBeVisible();
  await expect(page.getByLabel('Current password')).toBeFocused();
  await page.getByRole('list', { name: 'Devices' }).getByRole('button', { name: /Log out/u }).press('Enter');
  await expect(page.getByRole('list', { name: 'Devices' }).getByRole('listitem')).toHaveCount(1);
  expect(await nowhere(page)).toBe(false);
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !/40[0-9]|WebSocket/u.test(text)));
});
