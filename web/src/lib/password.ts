import { limits } from './wire';

/** Why the server would not take the password; null if it may. */
export function unfitPassword(password: string): string | null {
  const bytes = new TextEncoder().encode(password).length;
  if (password === '') return 'Please enter a password.';
  if (bytes < limits.passwordMin) return `At least ${limits.passwordMin} characters.`;
  return bytes > limits.passwordMax ? `At most ${limits.passwordMax} bytes.` : null;
}
