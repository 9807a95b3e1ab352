import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { useToasts } from '@/lib/toasts';

/** Short notices, at the bottom of the page. */
export function Toaster() {
  const toasts = useToasts((state) => state.toasts);
  const dismiss = useToasts((state) => state.dismiss);
  return (
    <div className="pointer-events-none fixed inset-x-0 bottom-4 z-50 flex flex-col items-center gap-2 px-4" aria-live="polite">
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
