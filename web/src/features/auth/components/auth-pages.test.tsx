// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useSession } from '@/hooks/session-store';
import { ApiError } from '@/lib/api-error';
import type { SelfUser } from '@/lib/wire';
import { login } from '../api/login';
import { signup } from '../api/signup';
import { LoginPage } from './login-page';
import { SignupPage } from './signup-page';

vi.mock('../api/login', () => ({ login: vi.fn<typeof login>() }));
vi.mock('../api/signup', () => ({ signup: vi.fn<typeof signup>() }));

const ada = { id: 'u1', fullName: 'Ada Byron' } as SelfUser;

beforeEach(() => {
  useSession.setState({ status: 'signed-out', user: null, notice: null, left: false });
});
afterEach(cleanup);

async function fill(fields: Record<string, string>, action: string): Promise<void> {
  const user = userEvent.setup();
  for (const [label, value] of Object.entries(fields)) await user.type(screen.getByLabelText(label), value);
  await user.click(screen.getByRole('button', { name: action }));
}

describe('signing up', () => {
  const account = { 'Full name': 'Ada Byron', Email: 'ada@example.org', Password: 'correct horse' };
  const show = () => render(<SignupPage />, { wrapper: MemoryRouter });

  it('tells what is missing, without asking the server', async () => {
    show();
    await fill({}, 'Create account');
    expect(screen.getByLabelText('Full name').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('Please enter your email address.')).toBeTruthy();
    expect(signup).not.toHaveBeenCalled();
  });

  it('shows what the server says of a field beside it', async () => {
    const errors = [{ field: 'fullName', message: 'has a forbidden character' }];
    vi.mocked(signup).mockRejectedValueOnce(new ApiError('Bad', 'http', 400, 'validation_failed', errors));
    show();
    await fill(account, 'Create account');
    expect(await screen.findByText('Has a forbidden character')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByLabelText('Full name'));
  });

  it('blames the address when it is taken', async () => {
    vi.mocked(signup).mockRejectedValueOnce(new ApiError('Taken', 'http', 409, 'email_taken'));
    show();
    await fill(account, 'Create account');
    expect(await screen.findByText('There is an account with this address already.')).toBeTruthy();
  });

  it('ends signed in', async () => {
    vi.mocked(signup).mockResolvedValueOnce(ada);
    show();
    await fill(account, 'Create account');
    expect(useSession.getState()).toMatchObject({ status: 'signed-in', user: ada });
  });
});

describe('logging in', () => {
  it('says one thing for a wrong address and a wrong password', async () => {
    vi.mocked(login).mockRejectedValueOnce(new ApiError('No', 'http', 401, 'invalid_credentials'));
    render(<LoginPage />, { wrapper: MemoryRouter });
    await fill({ Email: 'ada@example.org', Password: 'wrong' }, 'Log in');
    expect((await screen.findByRole('alert')).textContent).toBe('Email or password is wrong.');
  });

  it('tells why one has to log in again', () => {
    useSession.setState({ notice: 'Your session has ended.' });
    render(<LoginPage />, { wrapper: MemoryRouter });
    expect(screen.getByText('Your session has ended.')).toBeTruthy();
  });
});
