import type { Notice } from '@/sync/notices';

type NameOf = (userId: string) => string;

/** Notices that are told by one line: people who were added one after the other by the same member. */
export function groupNotices(notices: readonly Notice[]): Notice[][] {
  const groups: Notice[][] = [];
  for (const notice of notices) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    if (group !== undefined && before !== undefined && isAdding(notice) && isAdding(before) && before.actorId === notice.actorId) group.push(notice);
    else groups.push([notice]);
  }
  return groups;
}

function isAdding(notice: Notice): boolean {
  return notice.type === 'member.added' && notice.actorId !== notice.userId;
}

/** What such a line says; `nameOf` calls the reader 'You'. */
export function noticeLine(notices: readonly Notice[], nameOf: NameOf, self: string): string {
  const [notice] = notices;
  if (notice === undefined) return '';
  const actor = nameOf(notice.actorId);
  switch (notice.type) {
    case 'member.added':
      if (notice.actorId === notice.userId) return `${actor} joined by a link`;
      return `${actor} added ${listOf(notices.map((one) => (one.type === 'member.added' ? objectOf(one.userId, nameOf, self) : '')))}`;
    case 'member.removed':
      return notice.actorId === notice.userId ? `${actor} left` : `${actor} removed ${objectOf(notice.userId, nameOf, self)}`;
    case 'message.pinned':
      return `${actor} pinned a message`;
    case 'conversation.updated': {
      const { title, avatarUrl } = notice.changes;
      if (title !== undefined) return `${actor} called the group “${title}”`;
      return `${actor} changed the ${avatarUrl === undefined ? 'description' : 'picture'}`;
    }
  }
}

function objectOf(userId: string, nameOf: NameOf, self: string): string {
  return userId === self ? 'you' : nameOf(userId);
}

function listOf(names: readonly string[]): string {
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} others`;
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '');
}
