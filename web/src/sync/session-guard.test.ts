import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/lib/api-error';
import { createLocalLocks } from '@/lib/locks';
import { SessionGuard } from './session-guard';

const unauthenticated = () => new ApiError('Sign in', 'http', 401, 'unauthenticated');

function setUp(refreshes: () => Promise<void>) {
  const refresh = vi.fn<() => Promise<void>>(refreshes);
  const onEnded = vi.fn<() => void>();
  return { refresh, onEnded, guard: new SessionGuard({ locks: createLocalLocks(), refresh, onEnded }) };
}

describe('the session guard', () => {
  it('refreshes once for many requests that fail together', async () => {
    let fresh = false;
    const { guard, refresh } = setUp(async () => {
      fresh = true;
    });
    const retry = async () => {
      if (!fresh) throw unauthenticated();
      return 'value';
    };
    const results = await Promise.all([1, 2, 3, 4].map(() => guard.recover(retry, unauthenticated())));
    expect(results).toEqual(['value', 'value', 'value', 'value']);
    expect(refresh).toHaveBeenCalledOnce();
  });

  it('does not refresh if another tab has done so', async () => {
    const { guard, refresh } = setUp(async () => undefined);
    await expect(guard.recover(async () => 'value', unauthenticated())).resolves.toBe('value');
    expect(refresh).not.toHaveBeenCalled();
  });

  it('says once that the session is over, and refreshes no more', async () => {
    const { guard, refresh, onEnded } = setUp(async () => {
      throw unauthenticated();
    });
    const failing = async () => {
      throw unauthenticated();
    };
    await expect(guard.recover(failing, unauthenticated())).rejects.toMatchObject({ status: 401 });
    await expect(guard.recover(failing, unauthenticated())).rejects.toMatchObject({ status: 401 });
    expect(refresh).toHaveBeenCalledOnce();
    expect(onEnded).toHaveBeenCalledOnce();
  });

  it('does not take an unreachable server for the end of the session', async () => {
    const { guard, onEnded } = setUp(async () => {
      throw new ApiError('down', 'network', 0, '');
    });
    const failing = async () => {
      throw unauthenticated();
    };
    await expect(guard.recover(failing, unauthenticated())).rejects.toMatchObject({ kind: 'network' });
    expect(onEnded).not.toHaveBeenCalled();
  });

  it('passes on what the retry fails with, if that is not about signing in', async () => {
    const { guard, refresh } = setUp(async () => undefined);
    const failing = async () => {
      throw new ApiError('gone', 'http', 404, 'not_found');
    };
    await expect(guard.recover(failing, unauthenticated())).rejects.toMatchObject({ status: 404 });
    expect(refresh).not.toHaveBeenCalled();
  });
});
