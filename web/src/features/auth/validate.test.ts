import { describe, expect, it } from 'vitest';
import { validateAccount, validateLogin } from './validate';

const good = { fullName: 'Ada Byron', email: 'ada@example.org', password: 'correct horse' };

describe('validateAccount', () => {
  it('lets a good one through', () => {
    expect(validateAccount(good)).toEqual({});
  });

  it.each([
    ['fullName', { fullName: '  ' }],
    ['fullName', { fullName: 'x'.repeat(81) }],
    ['email', { email: 'ada' }],
    ['email', { email: '' }],
    ['password', { password: 'short' }],
    // Bytes count, not characters: 24 of these are 96 bytes.
    ['password', { password: '🐎'.repeat(24) }],
  ])('blames %s', (field, change) => {
    expect(Object.keys(validateAccount({ ...good, ...change }))).toEqual([field]);
  });
});

describe('validateLogin', () => {
  it('asks for both, and judges neither', () => {
    expect(Object.keys(validateLogin({ email: '', password: '' }))).toEqual(['email', 'password']);
    expect(validateLogin({ email: 'old@style', password: 'x' })).toEqual({});
  });
});
