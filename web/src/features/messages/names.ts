import type { Member } from '@/lib/wire';

export interface Names {
  /** Their name if it came along with the conversation or its messages. */
  findName: (userId: string) => string | undefined;
  /** The same, or what stands for a name. */
  nameOf: (userId: string) => string;
}

/** Who is who in a conversation: its members, and the `people` who are members no more but have written there. */
export function namesIn(members: readonly Member[], people: Readonly<Record<string, string>> | undefined): Names {
  const names = new Map(members.map((member) => [member.userId, member.fullName]));
  const findName = (userId: string) => names.get(userId) ?? people?.[userId];
  return { findName, nameOf: (userId) => findName(userId) ?? 'Somebody' };
}
