import { clsx } from 'clsx';
import { useEffect, useRef, type RefObject } from 'react';
import { Outlet, useLocation } from 'react-router';
import { loadAll } from '@/components/loadable';
import { ConnectionBanner } from '@/features/connection/components/connection-banner';
import { Shortcuts } from '@/features/conversations/components/shortcuts';
import { Notifications } from '@/features/notifications/components/notifications';
import { useTrail } from '@/hooks/use-go-up';
import { useSelf } from '@/hooks/session-store';
import { SplashScreen } from '../splash-screen';
import { SyncProvider } from '../wiring/sync-provider';
import { Sidebar } from './sidebar';

/** Everything behind sign-in: the list beside the page, or one of them where there is no room for both. */
export function AppShell() {
  const { id } = useSelf();
  const { pathname } = useLocation();
  useEffect(() => whenIdle(() => void loadAll()), []);
  useTrail();
  const main = useRef<HTMLElement>(null);
  useFocusAfter(pathname, main);
  const listFirst = pathname === '/' || pathname === '/contacts';
  return (
    <SyncProvider userId={id} fallback={<SplashScreen />}>
      <Notifications />
      <Shortcuts />
      <div className="flex h-dvh flex-col">
        <ConnectionBanner />
        <main ref={main} tabIndex={-1} className="flex min-h-0 flex-1 focus:outline-none">
          <div
            className={clsx(
              'h-full w-full shrink-0 flex-col border-r border-base-300/70 bg-base-100 md:flex md:w-80 lg:w-92',
              listFirst ? 'flex' : 'hidden',
            )}
          >
            <Sidebar />
          </div>
          <div className={clsx('h-full min-w-0 flex-1 md:block', listFirst && 'hidden')}>
            <Outlet />
          </div>
        </main>
      </div>
    </SyncProvider>
  );
}

/** Runs it once there is nothing else to do, or after a while where the browser doesn't tell. */
function whenIdle(run: () => void): () => void {
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(run, 2_000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run);
  return () => cancelIdleCallback(handle);
}

/** What had the focus may have gone with the page before. */
function useFocusAfter(pathname: string, main: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}
