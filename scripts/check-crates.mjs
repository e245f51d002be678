// Crates against the map of ARCHITECTURE.md: none depends on what its row does not name (tests may use more).
import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRooms } from './rooms.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const metadata = JSON.parse(
  execFileSync('cargo', ['metadata', '--no-deps', '--offline', '--format-version', '1'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }),
);
const rooms = new Map(readRooms().map(({ room, uses }) => [room, uses]));
const pathOf = (path) => relative(root, path).replaceAll('\\', '/');
const faults = metadata.packages.flatMap(({ manifest_path: manifest, dependencies }) => {
  const crate = pathOf(manifest).replace(/\/Cargo\.toml$/, '');
  const uses = rooms.get(crate);
  if (!uses) return [`${crate}: expected a row in ARCHITECTURE.md`];
  return dependencies
    .filter(({ path, kind }) => path && kind !== 'dev' && !uses.includes(pathOf(path)))
    .map(({ path }) => `${crate} uses ${pathOf(path)}, which its row in ARCHITECTURE.md does not name`);
});
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
