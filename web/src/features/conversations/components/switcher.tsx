import { clsx } from 'clsx';
import { Search } from 'lucide-react';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useNavigate } from 'react-router';
import { Avatar } from '@/components/ui/avatar';
import { useModal } from '@/components/ui/use-modal';
import { useDirectory } from '@/hooks/use-directory';
import { useOpenChat } from '@/hooks/use-open-chat';
import { useSyncState } from '@/hooks/sync-context';
import { switcherEntries, type SwitcherEntry } from '../switcher-entries';

/** Goes to a chat or a person by name, with the keyboard alone. */
export function Switcher({ onClose }: { onClose: () => void }) {
  const modal = useModal(onClose);
  const listId = useId();
  const [q, setQ] = useState('');
  const entries = useEntries(useDeferredValue(q));
  const [at, setAt] = useState(0);
  const chosen = Math.min(at, entries.length - 1);
  const go = useGo();
  const choose = (entry: SwitcherEntry | undefined) => {
    if (entry === undefined) return;
    modal.ref.current?.close();
    go(entry);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    if (step !== 0 && entries.length > 0) setAt((chosen + step + entries.length) % entries.length);
    if (event.key === 'Enter') choose(entries[chosen]);
    if (step !== 0 || event.key === 'Enter') event.preventDefault();
  };
  return (
    <dialog {...modal} className="modal items-start pt-[12dvh]" aria-label="Go to a chat">
      <div className="modal-box max-w-lg p-0">
        <div className="flex items-center gap-3 border-b border-base-300/70 px-5">
          <Search className="size-5 shrink-0 text-muted" aria-hidden="true" />
          <input
            type="text"
            role="combobox"
            aria-label="Name of a chat or a person"
            aria-expanded="true"
            aria-controls={listId}
            aria-activedescendant={entries.length > 0 ? `${listId}-${chosen}` : undefined}
            autoComplete="off"
            placeholder="Go to a chat or a person"
            className="h-14 w-full bg-transparent outline-none"
            value={q}
            onChange={(event) => {
              setQ(event.target.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
          />
          <kbd className="kbd kbd-sm">Esc</kbd>
        </div>
        <EntryList id={listId} entries={entries} chosen={chosen} onChoose={choose} />
      </div>
    </dialog>
  );
}

function useEntries(q: string): SwitcherEntry[] {
  const self = useSyncState((state) => state.self);
  const conversations = useSyncState((state) => state.conversations);
  const { items: users } = useDirectory(q.trim());
  return useMemo(() => switcherEntries({ conversations, users, self, q }), [conversations, users, self, q]);
}

function useGo(): (entry: SwitcherEntry) => void {
  const navigate = useNavigate();
  const { open } = useOpenChat();
  return ({ kind, id }) => void (kind === 'chat' ? navigate(`/c/${id}`) : open(id));
}

interface EntryListProps {
  id: string;
  entries: readonly SwitcherEntry[];
  chosen: number;
  onChoose: (entry: SwitcherEntry) => void;
}

function EntryList({ id, entries, chosen, onChoose }: EntryListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen, entries]);
  return (
    <>
      <div ref={list} id={id} role="listbox" tabIndex={-1} aria-label="Chats and people" className="max-h-96 overflow-y-auto p-2">
        {entries.map((entry, index) => (
          // The input has the focus and hears the keys for all of them.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={`${entry.kind}:${entry.id}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            tabIndex={-1}
            className={clsx('flex cursor-pointer items-center gap-3 rounded-box px-3 py-2', index === chosen ? 'bg-primary/12' : 'hover:bg-base-200')}
            onClick={() => onChoose(entry)}
          >
            <Avatar name={entry.name} url={entry.avatarUrl} size="sm" />
            <span className="min-w-0 flex-1 truncate font-medium">{entry.name}</span>
            <span className="text-xs text-muted">{entry.note}</span>
          </div>
        ))}
      </div>
      {entries.length === 0 && (
        <p role="status" className="px-6 pb-6 text-center text-sm text-muted">
          No chat and nobody of that name.
        </p>
      )}
    </>
  );
}
