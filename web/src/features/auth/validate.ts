import { limits } from '@/lib/wire';

export type FieldErrors = Partial<Record<'fullName' | 'email' | 'password', string>>;

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
  const bytes = new TextEncoder().encode(password).length;
  if (password === '') errors.password = 'Please enter a password.';
  else if (bytes < limits.passwordMin) errors.password = `At least ${limits.passwordMin} characters.`;
  else if (bytes > limits.passwordMax) errors.password = `At most ${limits.passwordMax} bytes.`;
  return errors;
}

/** What is missing to log in. */
export function validateLogin({ email, password }: Fields): FieldErrors {
  const errors: FieldErrors = {};
  if (email.trim() === '') errors.email = 'Please enter your email address.';
  if (password === '') errors.password = 'Please enter your password.';
  return errors;
}
