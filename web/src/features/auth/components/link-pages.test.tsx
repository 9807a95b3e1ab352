// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
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

afterEach(() => {
  cleanup();
  window.location.hash = '';
});

describe('a forgotten password', () => {
  it('says the same, whether there is such an account or not', async () => {
    vi.mocked(forgotPassword).mockResolvedValueOnce();
    render(<ForgotPage />, { wrapper: MemoryRouter });
    await userEvent.type(screen.getByLabelText('Email'), 'ada@example.org');
    await userEvent.click(screen.getByRole('button', { name: 'Send the link' }));
    expect((await screen.findByRole('status')).textContent).toContain('If there is an account with ada@example.org');
  });

  it('takes the token behind the # and leaves it nowhere', async () => {
    vi.mocked(resetPassword).mockResolvedValueOnce();
    window.location.hash = '#secret';
    render(<ResetPage />, { wrapper: MemoryRouter });
    expect(window.location.hash).toBe('');
    await userEvent.type(screen.getByLabelText('New password'), 'correct horse');
    await userEvent.click(screen.getByRole('button', { name: 'Set password' }));
    expect(resetPassword).toHaveBeenCalledWith('secret', 'correct horse');
  });

  it('offers another link when this one is spent', async () => {
    const errors = [{ field: 'token', message: 'is not valid' }];
    vi.mocked(resetPassword).mockRejectedValueOnce(new ApiError('Bad', 'http', 400, 'validation_failed', errors));
    window.location.hash = '#spent';
    render(<ResetPage />, { wrapper: MemoryRouter });
    await userEvent.type(screen.getByLabelText('New password'), 'correct horse');
    await userEvent.click(screen.getByRole('button', { name: 'Set password' }));
    expect(await screen.findByRole('link', { name: 'Ask for another link' })).toBeTruthy();
  });
});

it('an address is confirmed by its link, once', async () => {
  vi.mocked(verifyEmail).mockResolvedValueOnce();
  window.location.hash = '#proof';
  render(<VerifyPage />, { wrapper: MemoryRouter });
  expect(await screen.findByText('Your address is confirmed.')).toBeTruthy();
  expect(verifyEmail).toHaveBeenCalledExactlyOnceWith('proof');
});
