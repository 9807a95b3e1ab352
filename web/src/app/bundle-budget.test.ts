import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, test, vi } from 'vitest';

/** Of gzipped script, until a conversation shows. */
const budget = 250_000;

/** What has to be there before the chat page shows: the entry, and what the router asks for on the way to it. */
const onTheWay = ['/index.html', '/src/app/shell/app-shell.tsx', '/src/features/messages/components/chat-page.tsx'];

test('the chat page loads within 250 KB of gzipped script', { timeout: 120_000 }, async () => {
  const chunks = await bundle();
  const first = firstLoad(chunks);
  const total = first.reduce((sum, { size }) => sum + size, 0);
  const list = first.map(({ name, size }) => `${(size / 1000).toFixed(1).padStart(7)} KB  ${name}`).join('\n');
  expect(first.length, 'chunks found').toBeGreaterThanOrEqual(onTheWay.length);
  expect(total, `the first load of the chat page:\n${list}\n`).toBeLessThanOrEqual(budget);
});

async function bundle(): Promise<Rolldown.OutputChunk[]> {
  // React would bring its development build along under the mode of tests.
  vi.stubEnv('NODE_ENV', 'production');
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const built = await build({ root, mode: 'production', logLevel: 'error', build: { write: false } });
  const outputs = Array.isArray(built) ? built : [built as Rolldown.RolldownOutput];
  return outputs.flatMap(({ output }) => output).filter((file) => file.type === 'chunk');
}

/** The chunks on the way with all that they import, the largest first; what is only loaded when it is asked for does not count. */
function firstLoad(chunks: readonly Rolldown.OutputChunk[]): { name: string; size: number }[] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const waiting = onTheWay.map((end) => {
    const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(end) === true);
    if (chunk === undefined) throw new Error(`There is no chunk of ${end}: has the way to the chat page changed?`);
    return chunk.fileName;
  });
  const needed = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    waiting.push(...(byName.get(name)?.imports ?? []));
  }
  return [...needed]
    .map((name) => ({ name, size: gzipSync(byName.get(name)?.code ?? '', { level: 9 }).length }))
    .toSorted((a, b) => b.size - a.size);
}
