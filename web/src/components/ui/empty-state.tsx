import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  text?: string;
  /** Whether that is all there is on the page, whose title it has then. */
  page?: boolean;
  children?: ReactNode;
}

/** Says why there is nothing here, and what to do about it. */
export function EmptyState({ icon: Icon, title, text, page = false, children }: EmptyStateProps) {
  const Heading = page ? 'h1' : 'h2';
  return (
    <div className="flex h-full flex-col items-center justify-center gap-3 px-8 py-12 text-center">
      <span className="flex size-14 items-center justify-center rounded-2xl bg-primary/10 text-primary">
        <Icon className="size-7" strokeWidth={1.75} aria-hidden="true" />
      </span>
      <Heading className="text-base font-semibold text-balance">{title}</Heading>
      {text !== undefined && <p className="max-w-xs text-sm text-pretty text-muted">{text}</p>}
      {children}
    </div>
  );
}
