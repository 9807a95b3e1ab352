import { useEffect } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { ErrorState } from '@/components/ui/error-state';
import { useSession } from '@/hooks/session-store';
import { SplashScreen } from './splash-screen';
import { loadSession } from './wiring/session';

const tryAgainEvery = 5_000;

interface GateProps {
  for: 'signed-in' | 'signed-out';
}

/** Lets through who belongs on the other side; sends everybody else where they do. */
export function Gate({ for: wanted }: GateProps) {
  const { status, left } = useSession();
  const location = useLocation();
  if (status === 'loading') return <SplashScreen />;
  if (status === 'unreachable') return <Unreachable />;
  if (status === wanted) return <Outlet />;
  if (wanted === 'signed-in') return <Navigate to="/login" replace state={{ from: left ? '/' : location.pathname + location.search + location.hash }} />;
  return <Navigate to={cameFrom(location.state)} replace />;
}

function Unreachable() {
  useEffect(() => {
    const timer = setInterval(() => void loadSession(), tryAgainEvery);
    return () => clearInterval(timer);
  }, []);
  return (
    <ErrorState
      page
      title="The server can’t be reached"
      text="Parley tries again by itself every few seconds."
      onRetry={() => void loadSession()}
    />
  );
}

/** The page that asked for signing in. */
function cameFrom(state: unknown): string {
  if (typeof state !== 'object' || state === null || !('from' in state)) return '/';
  return typeof state.from === 'string' ? state.from : '/';
}
