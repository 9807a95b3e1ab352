import { useLayoutEffect, useRef, type SyntheticEvent } from 'react';

const field = 'input:not([type=file]), textarea';

/**
 * Opens a dialog of the browser for as long as it is there, with the focus in its first field. Also when it is taken away
 * without having been closed it closes first: only so does the browser give the focus back.
 */
export function useModal(onClose: () => void) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>(field)?.focus();
    return () => dialog?.close();
  }, []);
  return {
    ref,
    // The event comes later than the closing: the dialog may be gone by then, or open again.
    onClose: ({ currentTarget }: SyntheticEvent<HTMLDialogElement>) => {
      if (currentTarget.isConnected && !currentTarget.open) onClose();
    },
  };
}
