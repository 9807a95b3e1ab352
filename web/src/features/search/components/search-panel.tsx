import { SidePanel } from '@/components/ui/side-panel';
import { useGoUp } from '@/hooks/use-go-up';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { SearchView } from './search-view';

/** Looks through the open conversation, beside it. */
export function SearchPanel() {
  const id = useOpenConversation() ?? '';
  const goUp = useGoUp();
  return (
    <SidePanel title="Search this chat" onClose={() => goUp(`/c/${id}`)}>
      <SearchView key={id} conversationId={id} />
    </SidePanel>
  );
}
