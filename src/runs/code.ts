/**
 * The code that a run's numbers depend on, as one digest: that of the engine's binary and of a module with all that it
 * imports of this package. What was computed by another state of the code is told by it, in a clone too, where the version
 * stays while the code changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FprincipleError } from '../core/errors.js';
import { engineFile } from '../core/platform.js';

/** Where a package's code lies. */
export interface CodePlace {
  /** The folder of the modules: `src/` of a clone, `dist/` of the built package. */
  modules: URL;
  /** The folder of the addon's `.node` files. */
  bindings: URL;
  /** `.ts` or `.js`. */
  extension: string;
}

const here: CodePlace = {
  modules: new URL('../', import.meta.url),
  bindings: new URL('../../bindings/', import.meta.url),
  extension: extname(fileURLToPath(import.meta.url)),
};

const known = new Map<string, string>();

/**
 * SHA-256 over the engine and the module `entry` (its path below `src/` without extension, for instance
 * `experiments/sine-mixture`) with whatever it imports by relative path. Computed once a process and module. The built package
 * gives the digests of the source that it was built from.
 *
 * @throws FprincipleError `IO` where a file of the package cannot be read
 */
export function codeDigest(entry: string): string {
  let digest = known.get(entry);
  if (digest === undefined) {
    digest = digestOfCode(entry, here);
    known.set(entry, digest);
  }
  return digest;
}

/** {@link codeDigest} of the code at any place, computed anew but for the engine of this process. */
export function digestOfCode(entry: string, place: CodePlace): string {
  const hash = createHash('sha256').update(place === here ? thisEngine() : engineDigest(place));
  for (const module of modulesFrom(entry, place)) hash.update(JSON.stringify(module));
  return hash.digest('hex');
}

let loaded: string | undefined;

/** The engine of this process: a package of its own where this one was installed, the same bytes as in a clone. */
function thisEngine(): string {
  const file = engineFile();
  loaded ??=
    file === undefined
      ? engineDigest(here)
      : createHash('sha256')
          .update(reading(pathToFileURL(file), () => readFileSync(file)))
          .digest('hex');
  return loaded;
}

/** SHA-256 of the addon for this platform. */
function engineDigest({ bindings }: CodePlace): string {
  const platform = `${process.platform}-${process.arch}`;
  const files = reading(bindings, () => readdirSync(bindings)).filter(
    (file) => file.endsWith('.node') && file.includes(platform),
  );
  const hash = createHash('sha256');
  for (const name of files.sort()) {
    const file = new URL(name, bindings);
    hash.update(reading(file, () => readFileSync(file)));
  }
  return hash.digest('hex');
}

/** What is known of a module: a digest of its source, and the modules that the source imports, all without extension. */
interface Source {
  digest: string;
  imports: string[];
}

/** Where the built package keeps {@link Source} of every module, so that it gives the digests of the source it was built from. */
const TABLE = 'sources.json';

/** Digests of the module and of all that it imports, by their path below the root, in the order of the alphabet. */
function modulesFrom(entry: string, place: CodePlace): [name: string, digest: string][] {
  const table = recorded(place);
  const found = new Map<string, string>();
  const open = [entry];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    const source = table?.get(name) ?? readSource(name, place);
    found.set(name, source.digest);
    open.push(...source.imports);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function recorded({ modules, extension }: CodePlace): Map<string, Source> | undefined {
  const table = new URL(TABLE, modules);
  if (extension === '.ts' || !existsSync(table)) return undefined;
  return new Map(
    Object.entries(JSON.parse(reading(table, () => readFileSync(table, 'utf8'))) as Record<string, Source>),
  );
}

function readSource(name: string, { modules, extension }: CodePlace): Source {
  const file = new URL(name + extension, modules);
  // Whatever a checkout makes of line ends, the code is the same.
  const text = reading(file, () => readFileSync(file, 'utf8')).replaceAll('\r\n', '\n');
  const paths = [...text.matchAll(/\b(?:from|import)\b\s*\(?\s*['"](\.{1,2}\/[^'"]+)\.js['"]/g)].map(
    ([, path = '']) => path,
  );
  // A module may hold examples as text, which name files that are not there.
  const imports = paths
    .map((path) => new URL(path + extension, file))
    .filter((module) => module.href.startsWith(modules.href) && existsSync(module))
    .map((module) => module.href.slice(modules.href.length, -extension.length));
  return { digest: createHash('sha256').update(text).digest('hex'), imports: [...new Set(imports)].sort() };
}

/**
 * Writes {@link TABLE} of the modules in `from` (a clone's `src/`) into `to` (its `dist/`): a step of the build.
 *
 * @internal
 */
export function writeSources(from: URL, to: URL): void {
  const place: CodePlace = { modules: from, bindings: from, extension: '.ts' };
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replaceAll('\\', '/').slice(0, -'.ts'.length))
    .sort();
  const table = Object.fromEntries(names.map((name) => [name, readSource(name, place)]));
  writeFileSync(new URL(TABLE, to), JSON.stringify(table));
}

function reading<T>(place: URL, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new FprincipleError('IO', `${fileURLToPath(place)} cannot be read: it is a part of this package`, { cause });
  }
}
