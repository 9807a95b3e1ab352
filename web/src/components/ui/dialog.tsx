import { X } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { IconButton } from './icon-button';
import { useModal } from './use-modal';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog of the browser: Escape closes it, the focus stays inside and goes back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const id = useId();
  const modal = useModal(onClose);
  return (
    <dialog {...modal} className="modal" aria-labelledby={id}>
      <div className="modal-box flex max-h-[85dvh] max-w-md flex-col p-0">
        <header className="flex shrink-0 items-center justify-between gap-3 py-3 pr-3 pl-6">
          <h2 id={id} className="truncate text-lg font-semibold">
            {title}
          </h2>
          <IconButton label="Close" onClick={() => modal.ref.current?.close()}>
            <X className="size-5" aria-hidden="true" />
          </IconButton>
        </header>
        <div className="flex min-h-0 flex-1 flex-col overflow-y-auto px-6 pb-6">{children}</div>
      </div>
    </dialog>
  );
}
