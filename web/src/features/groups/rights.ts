import type { Member, Role } from '@/lib/wire';

/** What the signed-in user may do to a member of a group; docs/permissions.md has the table. */
export interface RightsOver {
  /** To make them an admin, or take that back. */
  promote: boolean;
  handOver: boolean;
  remove: boolean;
}

export function rightsOver({ userId, role }: Pick<Member, 'userId' | 'role'>, own: Role, self: string): RightsOver {
  const other = userId !== self;
  const owner = own === 'owner' && other;
  return { promote: owner, handOver: owner, remove: owner || (own === 'admin' && other && role === 'member') };
}

/** Whether a role may change the group, add members and invite. */
export function manages(role: Role): boolean {
  return role !== 'member';
}
