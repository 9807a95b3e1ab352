import { useCallback, useEffect, useState, type ComponentType } from 'react';
import { Dialog } from './ui/dialog';
import { ErrorState } from './ui/error-state';

/** What stands in place of a part that is not there yet. */
interface MeanwhileProps {
  failed: boolean;
  onRetry: () => void;
}

interface Loadable<P> {
  Part: ComponentType<P>;
  load: () => Promise<unknown>;
}

const loads = new Set<() => Promise<unknown>>();

/**
 * A part of the app with a script of its own. Where that can't be had, only this part is missing: it comes when the network
 * is back, or when the user asks for it again.
 */
export function loadable<P extends object>(fetchPart: () => Promise<ComponentType<P>>, Meanwhile: ComponentType<P & MeanwhileProps>): Loadable<P> {
  let there: ComponentType<P> | null = null;
  const load = async () => (there ??= await fetchPart());
  loads.add(load);

  function Part(props: P) {
    const [Loaded, setLoaded] = useState(() => there);
    const [failed, setFailed] = useState(false);
    const attempt = useCallback(async () => {
      try {
        const loaded = await load();
        setLoaded(() => loaded);
        return true;
      } catch {
        setFailed(true);
        return false;
      }
    }, []);
    useEffect(() => {
      if (Loaded !== null) return undefined;
      const again = () => void attempt();
      again();
      window.addEventListener('online', again);
      return () => window.removeEventListener('online', again);
    }, [Loaded, attempt]);
    const retry = async () => {
      // A server that answers without having the script has a newer version of the app: a new page gets that.
      if (!(await attempt()) && (await isReachable())) window.location.reload();
    };
    return Loaded === null ? <Meanwhile {...props} failed={failed} onRetry={() => void retry()} /> : <Loaded {...props} />;
  }
  return { Part, load };
}

/** Loads all parts, one after the other, so that none is missing when the network is. */
export async function loadAll(): Promise<void> {
  // Those that a part brings along are found as well: a set goes on to what is added meanwhile.
  for (const load of loads) await load().catch(() => undefined);
}

export function MissingView({ failed, onRetry }: MeanwhileProps) {
  return failed ? <ErrorState title="This could not be loaded" text="Parley tries again when you are online." onRetry={onRetry} /> : null;
}

export function MissingDialog({ failed, onRetry, onClose }: MeanwhileProps & { onClose: () => void }) {
  if (!failed) return null;
  return (
    <Dialog title="One moment" onClose={onClose}>
      <MissingView failed onRetry={onRetry} />
    </Dialog>
  );
}

async function isReachable(): Promise<boolean> {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}
