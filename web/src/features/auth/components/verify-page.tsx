import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { Spinner } from '@/components/ui/spinner';
import { updateSelf, useSession } from '@/hooks/session-store';
import { errorText, toApiError } from '@/lib/api-error';
import { verifyEmail } from '../api/verify-email';
import { useLinkToken } from '@/hooks/use-link-token';
import { AuthCard } from './auth-card';

/** Proves an address by a mailed link, signed in or not. */
export function VerifyPage() {
  const token = useLinkToken();
  return <Verification key={token} token={token} />;
}

function Verification({ token }: { token: string }) {
  const { state, text } = useVerification(token);
  return (
    <AuthCard
      title="Your email address"
      subtitle={state === 'busy' ? 'One moment.' : state === 'done' ? 'Thank you.' : 'That did not work.'}
      notice={text}
      footer={
        <Link to="/" className="link font-medium text-primary link-hover">
          Go to your chats
        </Link>
      }
    >
      {state === 'busy' && <Spinner label="Checking the link" />}
    </AuthCard>
  );
}

function useVerification(token: string) {
  const asked = useRef(false);
  const [outcome, setOutcome] = useState<{ state: 'busy' | 'done' | 'failed'; text: string | null }>({ state: 'busy', text: null });
  useEffect(() => {
    // A token works once, and effects may run twice.
    if (asked.current) return;
    asked.current = true;
    verifyEmail(token)
      .then(() => {
        const { user } = useSession.getState();
        if (user !== null) updateSelf({ ...user, emailVerified: true });
        setOutcome({ state: 'done', text: 'Your address is confirmed.' });
      })
      .catch((error: unknown) => {
        const useless = toApiError(error).status === 400;
        setOutcome({ state: 'failed', text: useless ? 'This link is not valid any more. Ask for another one in the settings.' : errorText(error) });
      });
  }, [token]);
  return outcome;
}
