import type { Message } from '@/lib/wire';

export interface Reaction {
  emoji: string;
  count: number;
  userIds: readonly string[];
  /** Whether the signed-in user is among them. */
  own: boolean;
  /** "You, Ada and 3 others". */
  names: string;
}

const namedAtMost = 8;

/** The reactions of a message, the most frequent first. */
export function reactionsOf({ reactions }: Pick<Message, 'reactions'>, self: string, nameOf: (userId: string) => string): Reaction[] {
  return Object.entries(reactions)
    .map(([emoji, userIds]) => ({ emoji, count: userIds.length, userIds, own: userIds.includes(self), names: namesOf(userIds, self, nameOf) }))
    .toSorted((a, b) => b.count - a.count);
}

function namesOf(userIds: readonly string[], self: string, nameOf: (userId: string) => string): string {
  const others = userIds.filter((id) => id !== self).map(nameOf);
  const names = others.length < userIds.length ? ['You', ...others] : others;
  const more = names.length - namedAtMost;
  const shown = more > 0 ? [...names.slice(0, namedAtMost), more === 1 ? '1 other' : `${more} others`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
