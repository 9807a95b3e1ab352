import { useEffect } from 'react';
import { useLocation, useNavigate } from 'react-router';

/**
 * The token of a mailed link, or the code of an invite. It stands behind the `#`, so that no server's log has it, and is taken
 * out of the address, so that it is not on the screen. The tab keeps it with the page, which can be loaded anew; another link
 * in the same tab brings another one.
 */
export function useLinkToken(): string {
  const { pathname, hash, state } = useLocation();
  const navigate = useNavigate();
  const token = hash === '' ? kept(state) : hash.slice(1);
  useEffect(() => {
    if (hash !== '') void navigate(pathname, { replace: true, state: { token } });
  }, [hash, pathname, token, navigate]);
  return token;
}

function kept(state: unknown): string {
  if (typeof state !== 'object' || state === null || !('token' in state)) return '';
  return typeof state.token === 'string' ? state.token : '';
}
