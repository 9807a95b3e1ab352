// @vitest-environment happy-dom
import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ComponentType } from 'react';
import { createMemoryRouter, MemoryRouter, RouterProvider } from 'react-router';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/lib/api-error';
import { forgotPassword } from '../api/forgot-password';
import { resetPassword } from '../api/reset-password';
import { verifyEmail } from '../api/verify-email';
import { ForgotPage } from './forgot-page';
import { ResetPage } from './reset-page';
import { VerifyPage } from './verify-page';

vi.mock('../api/forgot-password', () => ({ forgotPassword: vi.fn<typeof forgotPassword>() }));
vi.mock('../api/reset-password', () => ({ resetPassword: vi.fn<typeof resetPassword>() }));
vi.mock('../api/verify-email', () => ({ verifyEmail: vi.fn<typeof verifyEmail>() }));

afterEach(cleanup);

/** Opens a page by a link. */
function open(Page: ComponentType, token: string) {
  const router = createMemoryRouter([{ path: '*', Component: Page }], { initialEntries: [`/#${token}`] });
  render(<RouterProvider router={router} />);
  return router;
}

describe('a forgotten password', () => {
  it('says the same, whether there is such an account or not', async () => {
    vi.mocked(forgotPassword).mockResolvedValueOnce();
    render(<ForgotPage />, { wrapper: MemoryRouter });
    await userEvent.type(screen.getByLabelText('Email'), 'ada@example.org');
    await userEvent.click(screen.getByRole('button', { name: 'Send the link' }));
    expect((await screen.findByRole('status')).textContent).toContain('If there is an account with ada@example.org');
  });

  it('takes the token behind the # out of the address', async () => {
    vi.mocked(resetPassword).mockResolvedValueOnce();
    const router = open(ResetPage, 'secret');
    expect(router.state.location.hash).toBe('');
    await userEvent.type(screen.getByLabelText('New password'), 'correct horse');
    await userEvent.click(screen.getByRole('button', { name: 'Set password' }));
    expect(resetPassword).toHaveBeenCalledWith('secret', 'correct horse');
  });

  it('offers another link when this one is spent', async () => {
    const errors = [{ field: 'token', message: 'is not valid' }];
    vi.mocked(resetPassword).mockRejectedValueOnce(new ApiError('Bad', 'http', 400, 'validation_failed', errors));
    const router = open(ResetPage, 'spent');
    await userEvent.type(screen.getByLabelText('New password'), 'correct horse');
    await userEvent.click(screen.getByRole('button', { name: 'Set password' }));
    expect(await screen.findByRole('link', { name: 'Ask for another link' })).toBeTruthy();
    await act(() => router.navigate('/#another'));
    expect(screen.getByLabelText('New password')).toBeTruthy();
  });
});

it('an address is confirmed by its link, once, and another link is looked at, too', async () => {
  vi.mocked(verifyEmail).mockResolvedValueOnce();
  const router = open(VerifyPage, 'proof');
  expect(await screen.findByText('Your address is confirmed.')).toBeTruthy();
  expect(verifyEmail).toHaveBeenCalledExactlyOnceWith('proof');

  vi.mocked(verifyEmail).mockRejectedValueOnce(new ApiError('Bad', 'http', 400, 'validation_failed'));
  await act(() => router.navigate('/#old'));
  expect(await screen.findByText(/This link is not valid any more/u)).toBeTruthy();
});
