import { Bug } from 'lucide-react';
import { EmptyState } from '@/components/ui/empty-state';

/** What is left when the whole page has failed. */
export function RouteError() {
  return (
    <main className="h-full bg-canvas">
      <ViewError />
    </main>
  );
}

/** What stands in place of a view that has failed. Unsent messages are stored, so loading anew loses nothing. */
export function ViewError() {
  return (
    <div role="alert" className="h-full">
      <EmptyState page icon={Bug} title="Something went wrong" text="This page has failed. Nothing that you wrote is lost.">
        <button type="button" className="btn btn-primary btn-sm mt-2" onClick={() => window.location.reload()}>
          Load again
        </button>
      </EmptyState>
    </div>
  );
}
