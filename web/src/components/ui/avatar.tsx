import { clsx } from 'clsx';
import { useState } from 'react';

interface AvatarProps {
  name: string;
  url: string | null;
  size?: 'sm' | 'md' | 'lg' | 'xl';
  /** Shows a dot while true. */
  online?: boolean;
  /** Makes the dot a ring. */
  away?: boolean;
}

const sizes = {
  sm: 'size-8 text-xs',
  md: 'size-11 text-sm',
  lg: 'size-14 text-lg',
  xl: 'size-24 text-3xl',
} as const;

/** A picture, or initials on a colour that stays with the name. The name stands beside it, so it is hidden from readers. */
export function Avatar({ name, url, size = 'md', online = false, away = false }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const hue = hueOf(name);
  return (
    <span className={clsx('relative inline-flex shrink-0 select-none', sizes[size])} aria-hidden="true">
      {url !== null && url !== broken ? (
        <img src={url} alt="" className="size-full rounded-full object-cover" onError={() => setBroken(url)} />
      ) : (
        <span
          className="flex size-full items-center justify-center rounded-full font-semibold tracking-wide"
          style={{ backgroundColor: `oklch(0.53 0.09 ${hue})`, color: 'white' }}
        >
          {initialsOf(name)}
        </span>
      )}
      {online && (
        <span
          className={clsx(
            'absolute right-0 bottom-0 size-[26%] max-h-3.5 max-w-3.5 rounded-full ring-2 ring-base-100',
            away ? 'border-2 border-success bg-base-100' : 'bg-success',
          )}
        />
      )}
    </span>
  );
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const initials = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return initials.map((word) => Array.from(word ?? '')[0] ?? '').join('').toLocaleUpperCase();
}

function hueOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 360;
  return hash;
}
