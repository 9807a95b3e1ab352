import { limits } from './wire';

/** What a form says of a new password. */
export const passwordHint = `At least ${limits.passwordMin} characters.`;

/** Why the server would not take the password; null if it may. */
export function unfitPassword(password: string): string | null {
  const bytes = new TextEncoder().encode(password).length;
  if (password === '') return 'Please enter a password.';
  if (bytes < limits.passwordMin) return passwordHint;
  return bytes > limits.passwordMax ? `At most ${limits.passwordMax} bytes.` : null;
}
