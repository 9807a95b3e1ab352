import { ChevronRight } from 'lucide-react';
import { useId, useMemo, type ReactNode } from 'react';
import { useSyncState } from '@/hooks/sync-context';
import { titleOf } from '@/lib/conversation';
import { narrowing, type Filters } from '../filters';

interface SearchFiltersProps {
  filters: Filters;
  conversationId: string | null;
  onChange: (change: Partial<Filters>) => void;
}

const kinds = [
  ['', 'Anything'],
  ['image', 'Pictures'],
  ['file', 'Files'],
  ['link', 'Links'],
] as const;

/** Who wrote it, where, what is in it, and when. */
export function SearchFilters({ filters, conversationId, onChange }: SearchFiltersProps) {
  const { people, chats } = useChoices(conversationId);
  const count = narrowing(filters);
  return (
    <details className="group" open={count > 0 || undefined}>
      <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded px-1 text-sm text-muted hover:text-base-content [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden="true" />
        {count === 0 ? 'Filters' : `Filters (${count})`}
      </summary>
      <div className="mt-2 grid grid-cols-2 gap-x-3 gap-y-2">
        <Choice label="From" any="Anybody" value={filters.from} options={people} onChange={(from) => onChange({ from })} />
        {conversationId === null && <Choice label="In" any="All chats" value={filters.in} options={chats} onChange={(chat) => onChange({ in: chat })} />}
        <Choice label="With" value={filters.has} options={kinds} onChange={(has) => onChange({ has })} />
        <Day label="Since" value={filters.since} max={filters.until} onChange={(since) => onChange({ since })} />
        <Day label="Until" value={filters.until} min={filters.since} onChange={(until) => onChange({ until })} />
        {count > 0 && (
          <button
            type="button"
            className="btn btn-ghost btn-sm self-end justify-self-start"
            onClick={() => onChange({ from: '', in: '', has: '', since: '', until: '' })}
          >
            Clear filters
          </button>
        )}
      </div>
    </details>
  );
}

type Option = readonly [value: string, label: string];

/** The people and chats that are known here, by name, oneself first. */
function useChoices(conversationId: string | null): { people: Option[]; chats: Option[] } {
  const self = useSyncState((state) => state.self);
  const conversations = useSyncState((state) => state.conversations);
  return useMemo(() => {
    const summaries = [...conversations.values()].map(({ summary }) => summary);
    const where = conversationId === null ? summaries : summaries.filter(({ id }) => id === conversationId);
    const names = new Map(where.flatMap(({ members }) => members).map((member) => [member.userId, member.fullName]));
    names.delete(self);
    const byName = (a: Option, b: Option) => a[1].localeCompare(b[1]);
    return {
      people: [[self, 'You'], ...[...names].toSorted(byName)],
      chats: summaries.map((summary): Option => [summary.id, titleOf(summary, self)]).toSorted(byName),
    };
  }, [self, conversations, conversationId]);
}

interface ChoiceProps {
  label: string;
  /** What no choice is called, if that is not among the options. */
  any?: string;
  value: string;
  options: readonly Option[];
  onChange: (value: string) => void;
}

function Choice({ label, any, value, options, onChange }: ChoiceProps) {
  const known = options.some(([option]) => option === value) || value === '';
  return (
    <Labelled label={label}>
      {(id) => (
        <select id={id} className="select w-full select-sm" value={value} onChange={(event) => onChange(event.target.value)}>
          {any !== undefined && <option value="">{any}</option>}
          {!known && <option value={value}>As in the address</option>}
          {options.map(([option, name]) => (
            <option key={option} value={option}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

interface DayProps {
  label: string;
  value: string;
  /** The first and the last day that make sense; '' for any. */
  min?: string;
  max?: string;
  onChange: (value: string) => void;
}

function Day({ label, value, min = '', max = '', onChange }: DayProps) {
  return (
    <Labelled label={label}>
      {(id) => (
        <input id={id} type="date" className="input input-sm w-full" value={value} min={min} max={max} onChange={(event) => onChange(event.target.value)} />
      )}
    </Labelled>
  );
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-0.5 block text-xs text-muted">
        {label}
      </label>
      {children(id)}
    </div>
  );
}
