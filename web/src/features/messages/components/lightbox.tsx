import { clsx } from 'clsx';
import { ChevronLeft, ChevronRight, ExternalLink, X } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { IconButton } from '@/components/ui/icon-button';
import type { Attachment } from '@/lib/wire';

const onDark = 'border-0 text-white hover:bg-white/15 focus-visible:bg-white/15 focus-visible:outline-white';

interface LightboxProps {
  attachments: readonly Attachment[];
  start: number;
  onClose: () => void;
}

/**
 * Pictures in full size. A modal dialog of the browser: Escape closes it, the focus stays inside
 * and goes back to where it was.
 */
export function Lightbox({ attachments, start, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const closeButton = useRef<HTMLButtonElement>(null);
  const [index, setIndex] = useState(start);
  const count = attachments.length;
  const current = attachments[index];
  useEffect(() => {
    dialog.current?.showModal();
    closeButton.current?.focus();
  }, []);
  const close = () => dialog.current?.close();
  const step = (by: number) => setIndex((at) => (at + by + count) % count);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft') step(-1);
    if (event.key === 'ArrowRight') step(1);
  };
  return (
    <dialog
      ref={dialog}
      aria-label="Image viewer"
      className="fixed inset-0 m-0 h-dvh max-h-none w-dvw max-w-none bg-black/93 text-white backdrop:bg-transparent"
      onClose={onClose}
      onKeyDown={onKeyDown}
    >
      {/* A click beside the picture closes; the keyboard has Escape and the close button. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */}
      <div className="flex h-full items-center justify-center p-4 sm:p-14" onClick={close}>
        {current !== undefined && (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
          <img
            key={current.id}
            src={current.url}
            alt={`${index + 1} of ${count}`}
            className="max-h-full max-w-full animate-rise rounded-lg object-contain"
            onClick={(event) => event.stopPropagation()}
          />
        )}
      </div>
      <div className="absolute top-3 right-3 flex gap-1">
        {current !== undefined && (
          <a href={current.url} target="_blank" rel="noopener noreferrer" aria-label="Open original" className={clsx('btn btn-circle btn-ghost size-10', onDark)}>
            <ExternalLink className="size-5" aria-hidden="true" />
          </a>
        )}
        <IconButton ref={closeButton} label="Close" className={onDark} onClick={close}>
          <X className="size-5" aria-hidden="true" />
        </IconButton>
      </div>
      {count > 1 && (
        <>
          <IconButton label="Previous image" className={clsx('absolute top-1/2 left-3 -translate-y-1/2', onDark)} onClick={() => step(-1)}>
            <ChevronLeft className="size-6" aria-hidden="true" />
          </IconButton>
          <IconButton label="Next image" className={clsx('absolute top-1/2 right-3 -translate-y-1/2', onDark)} onClick={() => step(1)}>
            <ChevronRight className="size-6" aria-hidden="true" />
          </IconButton>
        </>
      )}
    </dialog>
  );
}
