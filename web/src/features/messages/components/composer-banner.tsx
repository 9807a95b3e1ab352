import { X, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '@/components/ui/icon-button';

interface ComposerBannerProps {
  icon: LucideIcon;
  /** What the cross does. */
  cancel: string;
  onCancel: () => void;
  children: ReactNode;
}

/** Above the field: which message what is written there answers, or changes. */
export function ComposerBanner({ icon: Icon, cancel, onCancel, children }: ComposerBannerProps) {
  return (
    <div className="flex items-center gap-3 pt-2 pr-1.5 pl-4">
      <Icon className="size-4 shrink-0 text-primary" aria-hidden="true" />
      <div className="min-w-0 flex-1 border-l-2 border-primary pl-3 text-xs">{children}</div>
      <IconButton label={cancel} onClick={onCancel}>
        <X className="size-4" aria-hidden="true" />
      </IconButton>
    </div>
  );
}
