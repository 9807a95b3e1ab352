import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = 'http://localhost:8080';

const { resolve } = createRequire(import.meta.url);
const emojiVersion = (JSON.parse(readFileSync(resolve('emojibase-data/package.json'), 'utf8')) as { version: string }).version;
const emojiPath = `assets/emoji-${emojiVersion}`;

/** The picker fetches its data by names of its own, and from elsewhere unless told otherwise: here it is part of the build. */
function emojiData(): Plugin {
  const files = new Map(['data', 'messages'].map((name) => [`${emojiPath}/en/${name}.json`, resolve(`emojibase-data/en/${name}.json`)]));
  return {
    name: 'emoji-data',
    generateBundle() {
      for (const [fileName, source] of files) this.emitFile({ type: 'asset', fileName, source: readFileSync(source) });
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const source = files.get(request.url?.slice(1) ?? '');
        if (source === undefined) next();
        else response.setHeader('Content-Type', 'application/json').end(readFileSync(source));
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), emojiData()],
  define: { 'import.meta.env.EMOJI_DATA': JSON.stringify(`/${emojiPath}`) },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    // Everything is a file of its own, so that a strict Content-Security-Policy needs no data: for scripts or fonts.
    assetsInlineLimit: 0,
    // One style sheet, which is there from the start: a script whose style sheet did not load can't be had a second time.
    cssCodeSplit: false,
  },
  server: {
    proxy: {
      '/api': { target: server },
      '/ws': { target: server, ws: true },
    },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
