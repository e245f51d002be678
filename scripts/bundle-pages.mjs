// Bundles what moves in pages: the studio's page into dist/studio/page, as its server sends it, and the player and the style of
// reports into dist/report/page, which stand in every report. A step of `npm run build:ts`.
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

const bundles = {
  'dist/studio/page': { page: 'src/studio/page/server.tsx' },
  'dist/report/page': { player: 'src/report/page/player.tsx', style: 'src/report/page/style.css' },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [folder, entryPoints] of Object.entries(bundles)) {
    const outdir = root + folder;
    await rm(outdir, { recursive: true, force: true });
    await mkdir(outdir, { recursive: true });
    await build({ ...pageOptions, entryPoints, outdir });
  }
}
