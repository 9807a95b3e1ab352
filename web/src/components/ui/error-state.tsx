import { CloudOff } from 'lucide-react';
import { EmptyState } from './empty-state';

interface ErrorStateProps {
  title: string;
  text?: string;
  page?: boolean;
  onRetry: () => void;
}

export function ErrorState({ title, text, page = false, onRetry }: ErrorStateProps) {
  return (
    <div role="alert" className="h-full">
      <EmptyState icon={CloudOff} title={title} page={page} {...(text === undefined ? {} : { text })}>
        <button type="button" className="btn btn-sm mt-2" onClick={onRetry}>
          Try again
        </button>
      </EmptyState>
    </div>
  );
}
