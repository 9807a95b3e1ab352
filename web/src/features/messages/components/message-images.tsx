import { clsx } from 'clsx';
import { ImageOff } from 'lucide-react';
import { useState } from 'react';
import type { Attachment } from '@/lib/wire';

interface MessageImagesProps {
  images: readonly Attachment[];
  onOpen: (image: Attachment) => void;
}

const maxWidth = 320;
const maxHeight = 380;

/** The pictures of a message. Their space is kept before they load, so that nothing jumps. */
export function MessageImages({ images, onOpen }: MessageImagesProps) {
  const [only] = images;
  if (only !== undefined && images.length === 1) {
    const scale = Math.min(1, maxWidth / Math.max(1, only.width), maxHeight / Math.max(1, only.height));
    return (
      <ImageButton
        attachment={only}
        label="Open image"
        style={{ width: Math.max(96, Math.round(only.width * scale)), aspectRatio: `${only.width || 4} / ${only.height || 3}` }}
        onOpen={() => onOpen(only)}
      />
    );
  }
  return (
    <div className="grid w-80 max-w-full grid-cols-2 gap-1">
      {images.map((image, index) => (
        <ImageButton
          key={image.id}
          attachment={image}
          label={`Open image ${index + 1} of ${images.length}`}
          // An odd one takes the whole first row, so that no corner stays empty.
          wide={index === 0 && images.length % 2 === 1}
          style={{ aspectRatio: index === 0 && images.length % 2 === 1 ? '2' : '1' }}
          onOpen={() => onOpen(image)}
        />
      ))}
    </div>
  );
}

interface ImageButtonProps {
  attachment: Attachment;
  label: string;
  wide?: boolean;
  style: { width?: number; aspectRatio: string };
  onOpen: () => void;
}

function ImageButton({ attachment, label, wide = false, style, onOpen }: ImageButtonProps) {
  const [state, setState] = useState<'loading' | 'shown' | 'broken'>('loading');
  return (
    <button
      type="button"
      aria-label={label}
      className={clsx(
        'relative block max-w-full cursor-zoom-in overflow-hidden rounded-[0.8rem] bg-base-content/10',
        state === 'loading' && 'animate-pulse',
        wide && 'col-span-2',
      )}
      style={style}
      onClick={onOpen}
    >
      {state === 'broken' ? (
        <span className="flex size-full items-center justify-center opacity-60">
          <ImageOff className="size-6" aria-hidden="true" />
        </span>
      ) : (
        <img
          src={attachment.thumbnailUrl || attachment.url}
          alt=""
          draggable={false}
          className="size-full object-cover"
          onLoad={() => setState('shown')}
          onError={() => setState('broken')}
        />
      )}
    </button>
  );
}
