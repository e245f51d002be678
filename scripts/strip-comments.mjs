// Takes the comments out of what was compiled: docstrings are read in the declarations beside it, and are a fifth of its bytes.
// A step of `npm run build:ts`, before libraries are put into some of these modules.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const file of readdirSync(`${root}dist`, { recursive: true })) {
  if (!file.endsWith('.js') || !existsSync(`${root}src/${file.replace(/\.js$/, '.ts')}`)) continue;
  const text = readFileSync(`${root}dist/${file}`, 'utf8');
  const { code } = transformSync(text, { format: 'esm', target: 'node20', legalComments: 'none', charset: 'utf8' });
  if (code !== text) writeFileSync(`${root}dist/${file}`, code);
}
