import { Paperclip } from 'lucide-react';
import { useRef } from 'react';
import { IconButton } from '@/components/ui/icon-button';

interface AttachButtonProps {
  onPick: (files: readonly File[]) => void;
  disabled: boolean;
}

/** Picks files of any kind, several at a time. */
export function AttachButton({ onPick, disabled }: AttachButtonProps) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        aria-label="Files"
        multiple
        hidden
        onChange={(event) => {
          onPick([...(event.target.files ?? [])]);
          // So that the same file can be picked again.
          event.target.value = '';
        }}
      />
      <IconButton label="Attach files" disabled={disabled} onClick={() => picker.current?.click()}>
        <Paperclip className="size-5" aria-hidden="true" />
      </IconButton>
    </>
  );
}
