/**
 * The code that a run's numbers depend on, as one digest: that of the engine's binary and of a module with all that it
 * imports of this package. What was computed by another state of the code is told by it, in a clone too, where the version
 * stays while the code changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FprincipleError } from '../errors.js';

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
 * `experiments/sine-mixture`) with whatever it imports by relative path. Computed once a process and module. The source of
 * a clone and its built form give different digests.
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
  for (const [name, text] of modulesFrom(entry, place)) hash.update(JSON.stringify([name, text]));
  return hash.digest('hex');
}

let loaded: string | undefined;

function thisEngine(): string {
  loaded ??= engineDigest(here);
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

/** Texts of the module and of all that it imports, by their path below the root, in the order of the alphabet. */
function modulesFrom(entry: string, { modules, extension }: CodePlace): [name: string, text: string][] {
  const found = new Map<string, string>();
  const open = [new URL(entry + extension, modules)];
  for (let module = open.pop(); module; module = open.pop()) {
    const [file, name] = [module, module.href.slice(modules.href.length)];
    if (found.has(name)) continue;
    // Whatever a checkout makes of line ends, the code is the same.
    const text = reading(file, () => readFileSync(file, 'utf8')).replaceAll('\r\n', '\n');
    found.set(name, text);
    for (const [, path = ''] of text.matchAll(/\b(?:from|import)\b\s*\(?\s*['"](\.{1,2}\/[^'"]+)\.js['"]/g)) {
      const imported = new URL(path + extension, file);
      // A module may hold examples as text, which name files that are not there.
      if (imported.href.startsWith(modules.href) && existsSync(imported)) open.push(imported);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function reading<T>(place: URL, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new FprincipleError('IO', `${fileURLToPath(place)} cannot be read: it is a part of this package`, { cause });
  }
}
