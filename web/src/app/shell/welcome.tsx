import { MessageCircleMore, UsersRound } from 'lucide-react';
import { EmptyState } from '@/components/ui/empty-state';

export function WelcomeChats() {
  return (
    <div className="h-full bg-canvas">
      <EmptyState icon={MessageCircleMore} title="Pick a chat" text="Choose one on the left, or find somebody under Contacts." />
    </div>
  );
}

export function WelcomeContacts() {
  return (
    <div className="h-full bg-canvas">
      <EmptyState icon={UsersRound} title="Pick somebody to talk to" text="Choosing a contact opens the chat with them." />
    </div>
  );
}
