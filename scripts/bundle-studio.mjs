// Bundles the studio's page into dist/studio/page: page.js and page.css, as the server sends them. A step of `npm run build:ts`.
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What every bundle of the page has in common. */
export const pageOptions = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
  tsconfig: 'tsconfig.page.json',
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = `${root}dist/studio/page`;
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await build({ ...pageOptions, entryPoints: { page: 'src/studio/page/server.tsx' }, outdir });
}
