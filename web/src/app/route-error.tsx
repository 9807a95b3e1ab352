import { Bug } from 'lucide-react';
import { EmptyState } from '@/components/ui/empty-state';

/** What is left when a view has failed. Unsent messages are stored, so loading anew loses nothing. */
export function RouteError() {
  return (
    <main role="alert" className="h-full bg-canvas">
      <EmptyState page icon={Bug} title="Something went wrong" text="This page has failed. Nothing that you wrote is lost.">
        <button type="button" className="btn btn-primary btn-sm mt-2" onClick={() => window.location.reload()}>
          Load again
        </button>
      </EmptyState>
    </main>
  );
}
