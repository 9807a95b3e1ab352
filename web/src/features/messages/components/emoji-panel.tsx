import type { KeyboardEvent } from 'react';
import { loadable, MissingView } from '@/components/loadable';
import { Spinner } from '@/components/ui/spinner';
import type { Anchor } from '@/components/ui/menu-focus';
import { useFloating } from '@/components/ui/use-floating';

const EmojiPicker = loadable(
  async () => (await import('./emoji-picker')).EmojiPicker,
  (props) => (props.failed ? <MissingView {...props} /> : <Loading />),
);

interface EmojiPanelProps {
  anchor: Anchor;
  onPick: (emoji: string) => void;
  onClose: () => void;
}

/** The emoji picker in front of everything; it is loaded when somebody asks for it. */
export function EmojiPanel({ anchor, onPick, onClose }: EmojiPanelProps) {
  const ref = useFloating(anchor, onClose, focusPanel);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it, wherever the focus is inside
    <div
      ref={ref}
      role="dialog"
      aria-label="Emoji"
      tabIndex={-1}
      popover="manual"
      className="m-0 h-88 w-80 overflow-hidden rounded-box border border-base-300/70 bg-base-100 p-0 text-base-content shadow-lg focus:outline-none"
      onKeyDown={onKeyDown}
    >
      <EmojiPicker.Part onPick={onPick} />
    </div>
  );
}

function Loading() {
  return (
    <div className="flex h-full items-center justify-center">
      <Spinner label="Loading emoji" />
    </div>
  );
}

/** Where the picker is there already, its field could not take the focus: it did not show yet. */
function focusPanel(panel: HTMLElement): void {
  (panel.querySelector('input') ?? panel).focus({ preventScroll: true });
}
