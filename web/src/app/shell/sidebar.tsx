import { clsx } from 'clsx';
import { MessageSquarePlus, Search, Settings } from 'lucide-react';
import { useState } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { loadable, MissingDialog } from '@/components/loadable';
import { Avatar } from '@/components/ui/avatar';
import { Brand } from '@/components/ui/brand';
import { IconButton } from '@/components/ui/icon-button';
import { ContactList } from '@/features/contacts/components/contact-list';
import { ConversationList } from '@/features/conversations/components/conversation-list';
import { useSelf } from '@/hooks/session-store';

const CreateGroup = loadable(async () => (await import('@/features/groups/components/create-group-dialog')).CreateGroupDialog, MissingDialog);

/** Chats and contacts, and the way to the settings. */
export function Sidebar() {
  const { pathname } = useLocation();
  const contacts = pathname === '/contacts';
  return (
    <>
      {(contacts || pathname === '/') && <h1 className="sr-only">{contacts ? 'Contacts' : 'Chats'}</h1>}
      <SidebarHeader />
      <nav aria-label="Main" className="mx-4 mb-3 grid grid-cols-2 gap-1 rounded-field bg-base-200 p-1">
        <Tab to="/" label="Chats" active={!contacts} />
        <Tab to="/contacts" label="Contacts" active={contacts} />
      </nav>
      {contacts ? <ContactList /> : <ConversationList />}
    </>
  );
}

function SidebarHeader() {
  const user = useSelf();
  const [creating, setCreating] = useState(false);
  return (
    <header className="flex h-16 shrink-0 items-center justify-between px-5">
      <Link to="/" aria-label="Parley">
        <Brand />
      </Link>
      <div className="flex items-center gap-2" title={user.fullName}>
        <Avatar name={user.fullName} url={user.avatarUrl} size="sm" />
        <NavLink to="/search" aria-label="Search" title="Search everything" className="btn btn-circle btn-ghost btn-sm size-10">
          <Search className="size-5" aria-hidden="true" />
        </NavLink>
        <IconButton label="New group" onClick={() => setCreating(true)}>
          <MessageSquarePlus className="size-5" aria-hidden="true" />
        </IconButton>
        <NavLink to="/settings" aria-label="Settings" title="Settings" className="btn btn-circle btn-ghost btn-sm -mr-2 size-10">
          <Settings className="size-5" aria-hidden="true" />
        </NavLink>
      </div>
      {creating && <CreateGroup.Part onClose={() => setCreating(false)} />}
    </header>
  );
}

interface TabProps {
  to: string;
  label: string;
  active: boolean;
}

function Tab({ to, label, active }: TabProps) {
  return (
    <Link
      to={to}
      aria-current={active ? 'page' : undefined}
      className={clsx(
        'rounded-[0.55rem] py-1.5 text-center text-sm font-medium transition-colors',
        active ? 'bg-raised shadow-xs' : 'text-muted hover:text-base-content',
      )}
    >
      {label}
    </Link>
  );
}
