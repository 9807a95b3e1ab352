import { clsx } from 'clsx';
import { ChevronLeft, ChevronRight, Download, ImageOff, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { IconButton } from '@/components/ui/icon-button';
import { Spinner } from '@/components/ui/spinner';
import { useModal } from '@/components/ui/use-modal';
import type { Attachment } from '@/lib/wire';
import { useGallery } from '../use-gallery';

const onDark = 'border-0 bg-black/55 text-white hover:bg-black/75 focus-visible:bg-black/75 focus-visible:outline-white';

interface LightboxProps {
  /** All pictures of the conversation that are loaded, oldest first. */
  images: readonly Attachment[];
  first: Attachment;
  onClose: () => void;
}

/**
 * Pictures in full size, one after the other. A modal dialog of the browser: Escape closes it, the focus stays inside
 * and goes back to where it was.
 */
export function Lightbox({ images, first, onClose }: LightboxProps) {
  const modal = useModal(onClose);
  const closeButton = useRef<HTMLButtonElement>(null);
  const { image, at, count, step, onKeyDown, swipe } = useGallery(images, first);
  useEffect(() => closeButton.current?.focus(), []);
  const close = () => modal.ref.current?.close();
  return (
    <dialog
      {...modal}
      aria-label="Image viewer"
      className="fixed inset-0 m-0 h-dvh max-h-none w-dvw max-w-none overflow-hidden bg-black/93 text-white backdrop:bg-transparent"
      onKeyDown={onKeyDown}
    >
      {/* A click beside the picture closes; the keyboard has Escape and the close button. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */}
      <div className="flex h-full touch-pan-y touch-pinch-zoom items-center justify-center p-4 sm:p-14" onClick={close} {...swipe}>
        <Picture key={image.id} image={image} alt={altOf(image, at, count)} />
      </div>
      <p role="status" className="pointer-events-none absolute top-5 left-5 max-w-[60%] truncate text-sm text-white/85">
        {count > 1 && `${at + 1} of ${count}`}
        {count > 1 && image.name !== '' && ' · '}
        {image.name}
      </p>
      <div className="absolute top-3 right-3 flex gap-1">
        <a
          href={image.url}
          download={image.name || true}
          rel="noopener noreferrer"
          aria-label="Download"
          title="Download"
          className={clsx('btn btn-circle btn-ghost size-10', onDark)}
        >
          <Download className="size-5" aria-hidden="true" />
        </a>
        <IconButton ref={closeButton} label="Close" className={onDark} onClick={close}>
          <X className="size-5" aria-hidden="true" />
        </IconButton>
      </div>
      {count > 1 && (
        <>
          <StepButton label="Previous image" icon={ChevronLeft} className="left-3" ends={at === 0} onClick={() => step(-1)} />
          <StepButton label="Next image" icon={ChevronRight} className="right-3" ends={at === count - 1} onClick={() => step(1)} />
        </>
      )}
    </dialog>
  );
}

function altOf(image: Attachment, at: number, count: number): string {
  return image.name || `Image ${at + 1} of ${count}`;
}

function Picture({ image, alt }: { image: Attachment; alt: string }) {
  const [state, setState] = useState<'loading' | 'shown' | 'broken'>('loading');
  if (state === 'broken') {
    return (
      <p role="alert" className="flex flex-col items-center gap-3">
        <ImageOff className="size-8" aria-hidden="true" />
        The image could not be loaded.
      </p>
    );
  }
  return (
    <>
      {state === 'loading' && (
        <span className="absolute">
          <Spinner label="Loading the image" />
        </span>
      )}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
      <img
        src={image.url}
        alt={alt}
        draggable={false}
        className="max-h-full max-w-full animate-rise rounded-lg object-contain"
        onClick={(event) => event.stopPropagation()}
        onLoad={() => setState('shown')}
        onError={() => setState('broken')}
      />
    </>
  );
}

interface StepButtonProps {
  label: string;
  icon: typeof ChevronLeft;
  className: string;
  /** There is none further. The button stays, so that the focus does. */
  ends: boolean;
  onClick: () => void;
}

function StepButton({ label, icon: Icon, className, ends, onClick }: StepButtonProps) {
  return (
    <IconButton
      label={label}
      aria-disabled={ends}
      className={clsx('absolute top-1/2 -translate-y-1/2', className, onDark, ends && 'text-white/40')}
      onClick={onClick}
    >
      <Icon className="size-6" aria-hidden="true" />
    </IconButton>
  );
}
