// Declarations for programs that `require` the package and compile with `module: node16`: the same ones, in a folder that says
// that it is CommonJS. (Node requires the modules themselves.) A step of `npm run build:ts`.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const folder = join(dist, 'commonjs');
await rm(folder, { recursive: true, force: true });
for (const path of await readdir(dist, { recursive: true })) {
  if (!path.endsWith('.d.ts')) continue;
  await mkdir(dirname(join(folder, path)), { recursive: true });
  // The addon's declarations are CommonJS already: they lie one folder further up from here.
  const text = await readFile(join(dist, path), 'utf8');
  await writeFile(join(folder, path), text.replaceAll('/bindings/index.cjs', '/../bindings/index.cjs'));
}
await writeFile(join(folder, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
