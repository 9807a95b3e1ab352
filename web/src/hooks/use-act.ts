import { useRef, useState } from 'react';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';

/** Runs one request at a time for a view, and says what went wrong. `act` tells whether it went well. */
export function useAct(): { busy: boolean; act: (job: () => Promise<unknown>) => Promise<boolean> } {
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const act = async (job: () => Promise<unknown>) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    try {
      await job();
      return true;
    } catch (error) {
      toast('error', errorText(error));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, act };
}
