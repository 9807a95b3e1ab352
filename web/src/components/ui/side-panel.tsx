import { X } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { IconButton } from './icon-button';

interface SidePanelProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** What Escape closes first. */
const inFront = 'dialog[open], [popover]:popover-open:not([data-toasts])';

/** Stands beside the page, or in place of it where there is no room for both. Escape closes it, and the focus goes back. */
export function SidePanel({ title, onClose, children }: SidePanelProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const panel = useRef<HTMLElement>(null);
  // Before a field in the panel takes the focus of its own accord.
  const [before] = useState(() => document.activeElement);
  useEffect(() => {
    if (panel.current?.contains(document.activeElement) === false) heading.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [before]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && document.querySelector(inFront) === null) onClose();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [onClose]);
  return (
    <aside ref={panel} aria-labelledby={id} className="flex h-full w-full shrink-0 flex-col border-l border-base-300/70 bg-base-100 xl:w-92">
      <header className="flex h-16 shrink-0 items-center justify-between gap-3 border-b border-base-300/70 pr-3 pl-5">
        {/* Where it stands in place of the page, the page has no other title. */}
        <h1 ref={heading} id={id} tabIndex={-1} className="truncate text-lg font-semibold focus:outline-none">
          {title}
        </h1>
        <IconButton label="Close" onClick={onClose}>
          <X className="size-5" aria-hidden="true" />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
    </aside>
  );
}
