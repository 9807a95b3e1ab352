import { useEffect, useState } from 'react';

/**
 * The token of a mailed link, which stands behind the `#`, so that no server's log has it. It is taken out of the address,
 * so that it neither stays in the history nor on the screen.
 */
export function useLinkToken(): string {
  const [token] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    if (window.location.hash !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  }, []);
  return token;
}
