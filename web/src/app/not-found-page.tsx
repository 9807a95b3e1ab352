import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { EmptyState } from '@/components/ui/empty-state';

export function NotFoundPage() {
  return (
    <main className="h-full bg-canvas">
      <EmptyState page icon={Compass} title="There is nothing here" text="The address is wrong, or the page has moved.">
        <Link to="/" className="btn btn-primary btn-sm mt-2">
          Back to your chats
        </Link>
      </EmptyState>
    </main>
  );
}
