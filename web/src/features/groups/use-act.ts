import { useState } from 'react';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';

/** Runs one request at a time for a view, and says what went wrong. `act` tells whether it went well. */
export function useAct(): { busy: boolean; act: (job: () => Promise<unknown>) => Promise<boolean> } {
  const [busy, setBusy] = useState(false);
  const act = async (job: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await job();
      return true;
    } catch (error) {
      toast('error', errorText(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, act };
}
