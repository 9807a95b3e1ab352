import { useSyncExternalStore } from 'react';

function subscribe(notify: () => void): () => void {
  window.addEventListener('focus', notify);
  window.addEventListener('blur', notify);
  document.addEventListener('visibilitychange', notify);
  return () => {
    window.removeEventListener('focus', notify);
    window.removeEventListener('blur', notify);
    document.removeEventListener('visibilitychange', notify);
  };
}

/** Whether the user is looking at this window. */
export function windowHasFocus(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

export function useWindowFocus(): boolean {
  return useSyncExternalStore(subscribe, windowHasFocus);
}
