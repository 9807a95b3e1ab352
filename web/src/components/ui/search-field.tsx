import { Search, X } from 'lucide-react';
import { useRef } from 'react';

interface SearchFieldProps {
  label: string;
  value: string;
  maxLength?: number;
  /** Whether typing goes there as soon as it shows. */
  autoFocus?: boolean;
  onChange: (value: string) => void;
  /** What Enter does, in place of sending the form around it. */
  onEnter?: () => void;
}

export function SearchField({ label, value, maxLength, autoFocus = false, onChange, onEnter }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="relative">
      <Search className="pointer-events-none absolute top-1/2 left-3 z-10 size-4 -translate-y-1/2 text-muted" aria-hidden="true" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        maxLength={maxLength}
        autoFocus={autoFocus}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (onEnter === undefined || event.key !== 'Enter') return;
          event.preventDefault();
          if (!event.nativeEvent.isComposing) onEnter();
        }}
        className="input w-full border-transparent bg-base-200 pr-9 pl-9 [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== '' && (
        <button
          type="button"
          aria-label="Clear"
          className="btn btn-circle btn-ghost btn-xs absolute top-1/2 right-2 -translate-y-1/2"
          onClick={() => {
            onChange('');
            input.current?.focus();
          }}
        >
          <X className="size-3.5" aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
