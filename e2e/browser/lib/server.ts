import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** Starts the all-in-one with an empty data directory, and tells tests where it is by PARLEY_URL, and where its file is by PARLEY_FILE. */
export default async function startServer(): Promise<() => Promise<void>> {
  const binary = join(resolve(root, process.env.E2E_BIN_DIR ?? 'bin'), 'parley');
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`make web build\` first.`);
  const data = mkdtempSync(join(tmpdir(), 'parley-browser-'));
  const artifacts = join(root, 'e2e', 'artifacts');
  mkdirSync(artifacts, { recursive: true });
  const log = createWriteStream(join(artifacts, 'browser-server.log'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = spawn(binary, [], {
    cwd: data,
    env: {
      ...withoutSettings(process.env),
      PARLEY_ADDR: new URL(url).host,
      PARLEY_OPS_ADDR: `127.0.0.1:${await freePort()}`,
      PARLEY_PUBLIC_URL: url,
      PARLEY_BCRYPT_COST: '4',
      PARLEY_MESSAGE_RATE: '600',
      PARLEY_MESSAGE_BURST: '1000',
      PARLEY_PRESENCE_GRACE: '1s',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  // However this process ends, the server does, too.
  process.on('exit', () => server.kill('SIGKILL'));
  await untilReady(url, server);
  process.env.PARLEY_URL = url;
  process.env.PARLEY_FILE = join(data, 'data', 'parley.db');
  return async () => {
    await stop(server);
    rmSync(data, { recursive: true, force: true });
  };
}

/** What the developer's shell says of servers is not for this one. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(PARLEY|CLOUDINARY|RESEND)_/u.test(name)));
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address === null || typeof address === 'string' ? failed(new Error('no port')) : done(address.port)));
    });
  });
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if (server.exitCode !== null) break;
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((next) => setTimeout(next, 100));
  }
  server.kill('SIGKILL');
  throw new Error('The server did not become ready; see e2e/artifacts/browser-server.log.');
}

async function stop(server: ChildProcess): Promise<void> {
  // Waiting for an end that has been already would let the whole run end here, as if it had passed.
  if (server.exitCode !== null || server.signalCode !== null) {
    throw new Error('The server ended before the tests did; see e2e/artifacts/browser-server.log.');
  }
  const ended = new Promise((done) => server.once('exit', done));
  server.kill('SIGTERM');
  const killing = setTimeout(() => server.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(killing);
}
