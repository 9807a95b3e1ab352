import { unfitPassword } from '@/lib/password';
import { limits } from '@/lib/wire';

export type FieldErrors = Partial<Record<'fullName' | 'email' | 'password' | 'token', string>>;

interface Fields {
  fullName?: string;
  email: string;
  password: string;
}

/** What is surely wrong with a new account, by field. The server decides in the end. */
export function validateAccount({ fullName, email, password }: Fields): FieldErrors {
  const errors: FieldErrors = {};
  const name = fullName?.trim() ?? '';
  if (fullName !== undefined && name === '') errors.fullName = 'Please enter your name.';
  if (Array.from(name).length > limits.fullName) errors.fullName = `At most ${limits.fullName} characters.`;
  if (email.trim() === '') errors.email = 'Please enter your email address.';
  else if (!/^\S+@\S+$/u.test(email.trim())) errors.email = 'This does not look like an email address.';
  const unfit = unfitPassword(password);
  if (unfit !== null) errors.password = unfit;
  return errors;
}

/** What is missing to ask for a link to a new password. */
export function validateAddress({ email }: { email: string }): FieldErrors {
  return email.trim() === '' ? { email: 'Please enter your email address.' } : {};
}

/** What is wrong with a new password. */
export function validatePassword({ password }: { password: string }): FieldErrors {
  const unfit = unfitPassword(password);
  return unfit === null ? {} : { password: unfit };
}

/** What is missing to log in. */
export function validateLogin({ email, password }: Fields): FieldErrors {
  const errors: FieldErrors = {};
  if (email.trim() === '') errors.email = 'Please enter your email address.';
  if (password === '') errors.password = 'Please enter your password.';
  return errors;
}
