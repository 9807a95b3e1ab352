import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { useToasts } from '@/lib/toasts';

/** Short notices, at the top of the page: at its bottom is the message box. */
export function Toaster() {
  const ref = useRef<HTMLDivElement>(null);
  const toasts = useToasts((state) => state.toasts);
  const dismiss = useToasts((state) => state.dismiss);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element?.matches(':popover-open') === true) element.hidePopover();
    // Shown anew each time, so that it is in front of a dialog that has been opened since.
    if (toasts.length > 0) element?.showPopover();
  }, [toasts]);
  return (
    <div
      ref={ref}
      popover="manual"
      className="pointer-events-none fixed inset-x-0 top-3 bottom-auto z-50 m-0 flex w-auto flex-col items-center gap-2 overflow-visible border-0 bg-transparent px-4 py-0"
      aria-live="polite"
      data-toasts
    >
      {toasts.map(({ id, kind, text }) => (
        <div
          key={id}
          role={kind === 'error' ? 'alert' : 'status'}
          className={clsx(
            'pointer-events-auto flex max-w-md animate-rise items-center gap-3 rounded-box py-2 pr-2 pl-4 text-sm shadow-lg',
            kind === 'error' ? 'bg-error text-error-content' : 'bg-neutral text-neutral-content',
          )}
        >
          <span>{text}</span>
          <button type="button" aria-label="Dismiss" className="btn btn-circle btn-ghost btn-xs" onClick={() => dismiss(id)}>
            <X className="size-4" aria-hidden="true" />
          </button>
        </div>
      ))}
    </div>
  );
}
