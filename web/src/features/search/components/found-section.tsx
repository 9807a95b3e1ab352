import { useId, type ReactNode } from 'react';

interface FoundSectionProps {
  title: string;
  children: ReactNode;
}

export function FoundSection({ title, children }: FoundSectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="px-2 pt-3">
      <h2 id={id} className="px-3 pb-1 text-xs font-semibold tracking-wide text-muted uppercase">
        {title}
      </h2>
      {children}
    </section>
  );
}

/** How everything that was found looks, and how the arrow keys know it: by `data-result`. */
export const resultClass = 'flex w-full cursor-pointer items-start gap-3 rounded-box px-3 py-2.5 text-left transition-colors hover:bg-base-200 focus-visible:-outline-offset-2';
