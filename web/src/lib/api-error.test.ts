import { AxiosError, AxiosHeaders, CanceledError, type InternalAxiosRequestConfig } from 'axios';
import { describe, expect, it } from 'vitest';
import { ApiError, errorText, fieldErrors, parseRetryAfter, toApiError } from './api-error';

function refused(status: number, data: unknown, headers: Record<string, string> = {}): AxiosError {
  const config: InternalAxiosRequestConfig = { headers: new AxiosHeaders() };
  return new AxiosError('refused', 'ERR', config, {}, { status, statusText: '', data, headers, config });
}

describe('toApiError', () => {
  it('reads problem documents', () => {
    const errors = [{ field: 'email', message: 'is taken' }, { field: 7 }, null];
    const error = toApiError(refused(400, { code: 'validation_failed', detail: 'No good', title: 'Bad Request', errors }));
    expect(error).toMatchObject({ kind: 'http', status: 400, code: 'validation_failed', message: 'No good', transient: false });
    expect(fieldErrors(error)).toEqual({ email: 'Is taken' });
  });

  it('copes with answers that are no problem documents', () => {
    expect(toApiError(refused(502, '<html>'))).toMatchObject({ status: 502, code: '', transient: true });
  });

  it('tells no answer from giving up', () => {
    expect(toApiError(new AxiosError('Network Error'))).toMatchObject({ kind: 'network', transient: true });
    expect(toApiError(new CanceledError())).toMatchObject({ kind: 'cancelled', transient: false });
  });

  it('reads how long to wait', () => {
    expect(toApiError(refused(429, {}, { 'retry-after': '12' }))).toMatchObject({ retryAfterMs: 12_000, transient: true });
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-03-02T10:00:00Z');
  it.each([
    [undefined, null],
    ['', null],
    ['soon', null],
    ['0', 0],
    ['7', 7_000],
    ['Mon, 02 Mar 2026 10:00:05 GMT', 5_000],
    ['Mon, 02 Mar 2026 09:00:00 GMT', 0],
  ])('reads %s', (header, delay) => {
    expect(parseRetryAfter(header, now)).toBe(delay);
  });
});

describe('errorText', () => {
  it('says what the server said, unless that is of no use', () => {
    expect(errorText(new ApiError('Name is too long', 'http', 400, 'validation_failed'))).toBe('Name is too long');
    expect(errorText(new ApiError('pq: oops', 'http', 500, 'internal'))).not.toContain('pq');
    expect(errorText(new ApiError('', 'http', 429, 'rate_limited', [], 2_100))).toContain('3 s');
  });
});
