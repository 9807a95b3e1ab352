import type { User } from '@/lib/wire';
import { listUsers } from '@/lib/list-users';
import { usePages, type Pages } from './use-pages';

/** The directory filtered by `q`, page by page. */
export function useDirectory(q: string): Pages<User> {
  return usePages(q, listUsers);
}
