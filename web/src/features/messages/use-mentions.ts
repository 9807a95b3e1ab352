import { useEffect, useState, type KeyboardEvent, type RefObject } from 'react';
import { fold } from '@/lib/fold';
import { listMembers } from '@/lib/list-members';
import type { Member } from '@/lib/wire';
import { useChat } from './chat-context';
import { mentionQuery, nameFor, type Named } from './mentions';
import { mayNameAll } from './rights';

export interface Mentionable {
  /** The user's id, or `all`. */
  id: string;
  fullName: string;
  avatarUrl: string | null;
}

export interface Mentions {
  options: readonly Mentionable[];
  active: number;
  pick: (option: Mentionable) => void;
  /** Whether the list has taken the key. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  /** The cursor may have moved. */
  onSelect: () => void;
}

const offeredAtMost = 8;
/** Of a pause in typing, before a large group's members are asked for. */
const pauseMs = 150;
const everybody: Mentionable = { id: 'all', fullName: 'all', avatarUrl: null };
const none: readonly Mentionable[] = [];

/** Offers members while a name is typed behind an @; the one that is picked is named in `named`. */
export function useMentions(
  input: RefObject<HTMLTextAreaElement | null>,
  text: string,
  named: Named,
  onChange: (text: string, named: Named) => void,
): Mentions {
  const [caret, setCaret] = useState(0);
  const [dismissed, setDismissed] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const asked = mentionQuery(text, caret);
  const query = asked === null || asked.start === dismissed ? null : asked.query;
  const options = useOptions(query);
  const active = Math.min(chosen, options.length - 1);

  const pick = ({ id, fullName }: Mentionable) => {
    const field = input.current;
    if (field === null || asked === null) return;
    const name = nameFor(fullName, id, named);
    field.setRangeText(`@${name} `, asked.start, caret, 'end');
    setCaret(field.selectionStart);
    onChange(field.value, { ...named, [name]: id });
    field.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const option = options[active];
    if (option === undefined || event.nativeEvent.isComposing) return false;
    if (event.key === 'ArrowDown') setChosen((active + 1) % options.length);
    else if (event.key === 'ArrowUp') setChosen((active + options.length - 1) % options.length);
    else if (event.key === 'Enter' || event.key === 'Tab') pick(option);
    else if (event.key === 'Escape') setDismissed(asked?.start ?? null);
    else return false;
    event.preventDefault();
    return true;
  };
  const onSelect = () => {
    const at = input.current?.selectionStart ?? 0;
    if (at === caret) return;
    setCaret(at);
    setChosen(0);
    if (mentionQuery(input.current?.value ?? '', at) === null) setDismissed(null);
  };
  return { options, active, pick, onKeyDown, onSelect };
}

/** Who is offered for what has been typed; nobody for null. */
function useOptions(query: string | null): readonly Mentionable[] {
  const { conversation, self } = useChat();
  const whole = conversation.members.length >= conversation.memberCount;
  const found = useFound(conversation.id, whole ? null : query);
  if (query === null) return none;
  // A name that is typed to its end, and a space behind it, is done with.
  const wanted = fold(query) + (query.endsWith(' ') ? ' ' : '');
  const matches = ({ fullName }: Pick<Member, 'fullName'>) => ` ${fold(fullName)}`.includes(` ${wanted}`);
  const members = (whole ? conversation.members : found).filter((member) => matches(member) && member.userId !== self);
  const people = members.slice(0, offeredAtMost).map(({ userId, fullName, avatarUrl }) => ({ id: userId, fullName, avatarUrl }));
  return mayNameAll(conversation) && matches(everybody) ? [everybody, ...people] : people;
}

/** A large group's members are the server's to find. */
function useFound(conversationId: string, query: string | null): readonly Member[] {
  const [found, setFound] = useState<readonly Member[]>([]);
  useEffect(() => {
    if (query === null) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      listMembers(conversationId, query, null, controller.signal)
        .then(({ items }) => setFound(items))
        // The list is a help: without it a name is only text.
        .catch(() => setFound([]));
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [conversationId, query]);
  return query === null ? [] : found;
}
