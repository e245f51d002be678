/**
 * Loading a TypeScript or JavaScript file of the user's own, wherever it lies.
 *
 * The file and what it imports by relative path become one module: by esbuild where it is installed, else by what Node has
 * (`link.ts`). Packages are found from the file's folder, else among this package's own, and `fprinciple` is always the one
 * that runs: so a file that stands alone in an empty folder can import `fprinciple` and `zod`.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildFailure, Metafile, Plugin } from 'esbuild';
import { FprincipleError } from '../core/errors.js';
import { canLink, linkModule, packageFrom } from './link.js';

/** A file compiled to one module. */
export interface Compiled {
  /** The module's text; its imports are addresses on this machine. */
  text: string;
  /** SHA-256 over the file and whatever it imports by relative path: what the module computes depends on all of it. */
  digest: string;
}

/** @throws what esbuild, or Node, says of the file: where, and what */
export async function compileModule(path: string): Promise<Compiled> {
  const esbuild = await import('esbuild').catch((cause: unknown) => {
    if (canLink(path)) return undefined;
    // It is as large as all the rest together, and whoever runs the package's own experiments has no use for it.
    const message =
      'a file of your own in TypeScript needs Node 22.18, which takes its types out, or esbuild: run `npm install esbuild`';
    throw new FprincipleError('IO', message, { cause });
  });
  if (!esbuild) {
    const { text, files } = await linkModule(path, { packageFor, ownFile });
    return { text, digest: await digestOf(path, files) };
  }
  const { outputFiles, metafile } = await bundle(esbuild, path).catch((cause: unknown) => {
    const { errors = [] } = cause as Partial<BuildFailure>;
    if (errors.length === 0) throw cause;
    const lines = errors.map(({ text, location }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
    );
    throw new FprincipleError('INVALID_ARGUMENT', lines.join('; '), { cause });
  });
  const [map, module] = outputFiles;
  if (!map || !module) throw new FprincipleError('INTERNAL', `${path}: esbuild made no module and map`);
  return { text: module.text + mapComment(path, map.text), digest: await digestOf(path, inputsOf(metafile)) };
}

/** The source map as a comment. It names the user's files by address: the module itself lies somewhere else and is gone soon. */
function mapComment(path: string, text: string): string {
  const { sourcesContent: _, ...map } = JSON.parse(text) as { sources: string[]; sourcesContent: unknown };
  const sources = map.sources.map((source) => pathToFileURL(resolve(dirname(path), source)).href);
  const encoded = Buffer.from(JSON.stringify({ ...map, sources })).toString('base64');
  return `\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}

/** The module's exports. @throws what the module itself throws */
export async function importCompiled({ text }: Pick<Compiled, 'text'>): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'fprinciple-'));
  try {
    const file = join(folder, 'module.mjs');
    await writeFile(file, text);
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const inputsOf = ({ inputs }: Metafile): string[] => Object.keys(inputs).map((file) => resolve(file));

async function digestOf(path: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files.map((one) => relative(dirname(path), one)).sort()) {
    const text = await readFile(resolve(dirname(path), file));
    hash.update(JSON.stringify([file.replaceAll('\\', '/'), text.length])).update(text);
  }
  return hash.digest('hex');
}

async function bundle({ build }: typeof import('esbuild'), path: string) {
  return build({
    entryPoints: [path],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile: join(dirname(path), 'module.mjs'),
    sourcemap: 'external',
    logLevel: 'silent',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(path).href) },
    plugins: [packages],
  });
}

/** A package as a user's file means it: this one that runs, Node's own, or what is installed beside the file or this package. */
function packageFor(name: string, importer: string): string {
  if (name === 'fprinciple') return entry;
  if (isBuiltin(name)) return name;
  for (const file of [importer, fileURLToPath(entry)]) {
    try {
      return packageFrom(name, file);
    } catch {
      // Looked for in the next place.
    }
  }
  throw new FprincipleError('INVALID_ARGUMENT', `${importer}: the package ${JSON.stringify(name)} is not installed`);
}

/** A file of the clone by its path: this package's source, of which the one that runs is meant. */
function ownFile(file: string): string | undefined {
  const inside = [source, clone].map((top) => relative(top, file)).find((rest) => !rest.startsWith('..'));
  return inside === undefined ? undefined : pathToFileURL(join(source, inside.replace(/\.ts$/, extname(entry)))).href;
}

/** This package's entry: beside this folder, compiled or (in development) as source. */
const entry = new URL(`../index${extname(fileURLToPath(import.meta.url))}`, import.meta.url).href;
const own = dirname(fileURLToPath(import.meta.url));
const source = dirname(own);
/** The TypeScript of a clone, which is this package's too when its compiled form runs. */
const clone = join(dirname(source), 'src');

const packages: Plugin = {
  name: 'packages',
  setup(build) {
    build.onResolve({ filter: /^\./ }, async ({ path, kind, resolveDir, pluginData }) => {
      // A file of the clone may name this package's source by path: that too is the one that runs.
      if (pluginData === 'looked up') return undefined;
      const found = await build.resolve(path, { kind, resolveDir, pluginData: 'looked up' });
      if (found.errors.length > 0) return undefined;
      const running = ownFile(found.path);
      return running === undefined ? undefined : { path: running, external: true };
    });
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
      if (kind === 'entry-point' || /^[A-Za-z]:\\/.test(path)) return undefined;
      try {
        return { path: packageFor(path, importer), external: true };
      } catch (cause) {
        return { errors: [{ text: cause instanceof Error ? cause.message : String(cause) }] };
      }
    });
  },
};
