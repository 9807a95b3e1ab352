import { useNavigate } from 'react-router';
import { SidePanel } from '@/components/ui/side-panel';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { SearchView } from './search-view';

/** Looks through the open conversation, beside it. */
export function SearchPanel() {
  const id = useOpenConversation() ?? '';
  const navigate = useNavigate();
  return (
    <SidePanel title="Search this chat" onClose={() => void navigate(`/c/${id}`)}>
      <SearchView key={id} conversationId={id} />
    </SidePanel>
  );
}
