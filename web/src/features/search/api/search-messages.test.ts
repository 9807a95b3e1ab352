import { afterEach, expect, test, vi } from 'vitest';
import { http } from '@/lib/http';
import { searchMessages } from './search-messages';

afterEach(() => vi.restoreAllMocks());

/** A server whose pages are empty up to one, of which it says what follows. */
function serve(full: number) {
  let page = 0;
  return vi.spyOn(http, 'get').mockImplementation(async () => {
    page += 1;
    return { data: { results: page === full ? [{ conversationId: 'c' }] : [], nextCursor: page > full ? null : String(page) } };
  });
}

const search = () => searchMessages({ q: 'x' }, null, new AbortController().signal);

test('empty pages are gone over to the first that is not', async () => {
  const asked = serve(3);
  const { items, nextCursor } = await search();
  expect(items).toHaveLength(1);
  expect(nextCursor).toBe('3');
  expect(asked.mock.calls.map(([, config]) => (config?.params as { cursor?: string } | undefined)?.cursor)).toEqual([undefined, '1', '2']);
});

test('what has no end is left to who asks', async () => {
  const asked = serve(1000);
  expect(await search()).toEqual({ items: [], nextCursor: '10' });
  expect(asked).toHaveBeenCalledTimes(10);
});

test('nothing found is the end', async () => {
  serve(0);
  expect(await search()).toEqual({ items: [], nextCursor: null });
});
