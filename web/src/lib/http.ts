import { create, isAxiosError, type AxiosInstance } from 'axios';
import { toApiError } from './api-error';

/**
 * The HTTP client of the whole app: same origin, signed in by cookies, every failure an ApiError.
 * A 401 goes through the session recovery that `recoverSessionWith` has set.
 */
export const http: AxiosInstance = create({
  baseURL: '/api',
  timeout: 20_000,
  headers: { Accept: 'application/json' },
});

type Recover = <T>(retry: () => Promise<T>, failure: unknown) => Promise<T>;

let recover: Recover | null = null;

/** Sets what is done about a 401: it may refresh the session and call `retry`, or fail. */
export function recoverSessionWith(next: Recover | null): void {
  recover = next;
}

// Their 401 is about what was typed, or about the session's end: there is nothing to refresh.
const ownAuthentication = new Set(['/auth/login', '/auth/signup', '/auth/refresh', '/auth/logout']);

// A plain instance for retries, so that a retried 401 does not recover itself again.
const bare = create();

http.interceptors.response.use(undefined, async (thrown: unknown) => {
  const error = toApiError(thrown);
  const config = isAxiosError(thrown) ? thrown.config : undefined;
  const mistyped = error.code === 'invalid_credentials';
  if (error.status !== 401 || mistyped || config === undefined || recover === null || ownAuthentication.has(config.url ?? '')) {
    throw error;
  }
  return recover(async () => {
    try {
      return await bare.request(config);
    } catch (again) {
      throw toApiError(again);
    }
  }, error);
});
