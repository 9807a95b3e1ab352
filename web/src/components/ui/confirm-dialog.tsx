import { useModal } from './use-modal';

interface ConfirmDialogProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks before something that can't be undone. The browser's dialog keeps the focus and gives it back. */
export function ConfirmDialog({ title, text, action, onConfirm, onCancel }: ConfirmDialogProps) {
  const modal = useModal(onCancel);
  return (
    <dialog {...modal} className="modal" aria-labelledby="confirm-title">
      <div className="modal-box max-w-sm">
        <h2 id="confirm-title" className="text-lg font-semibold wrap-anywhere">
          {title}
        </h2>
        <p className="mt-2 text-muted">{text}</p>
        <div className="modal-action">
          <button type="button" className="btn btn-ghost" onClick={() => modal.ref.current?.close()}>
            Cancel
          </button>
          <button type="button" className="btn btn-error" onClick={onConfirm}>
            {action}
          </button>
        </div>
      </div>
    </dialog>
  );
}
