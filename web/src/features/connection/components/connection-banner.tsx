import { CloudOff, LoaderCircle } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useSyncState } from '@/hooks/sync-context';

const calmFor = 1_500;

function subscribe(notify: () => void): () => void {
  window.addEventListener('online', notify);
  window.addEventListener('offline', notify);
  return () => {
    window.removeEventListener('online', notify);
    window.removeEventListener('offline', notify);
  };
}

/** Tells that this client is behind, and why. Interruptions of a moment are not worth telling. */
export function ConnectionBanner() {
  const network = useSyncExternalStore(subscribe, () => navigator.onLine);
  const online = useSyncState((state) => state.connection.phase === 'online' && state.synced);
  const attempt = useSyncState((state) => state.connection.attempt);
  const unsent = useSyncState((state) => state.outbox.items.some((item) => item.state === 'queued' || item.state === 'sending'));
  const lasting = useLasting(!online, calmFor);
  if (!lasting && network) return <div role="status" aria-label="Connection" className="sr-only" />;
  const Icon = network ? LoaderCircle : CloudOff;
  const what = network ? (attempt > 1 ? 'Reconnecting…' : 'Connecting…') : 'You are offline.';
  return (
    <div
      role="status"
      aria-label="Connection"
      className="flex items-center justify-center gap-2 bg-warning/25 px-4 py-1.5 text-center text-sm font-medium"
    >
      <Icon className={network ? 'size-4 animate-spin' : 'size-4'} aria-hidden="true" />
      <span>
        {what} {unsent && 'Unsent messages will go out by themselves.'}
      </span>
    </div>
  );
}

/** True once `value` has been true for `delay` milliseconds without a break. */
function useLasting(value: boolean, delay: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!value) return undefined;
    const timer = setTimeout(() => setLasting(true), delay);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [value, delay]);
  return value && lasting;
}
