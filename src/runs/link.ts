/**
 * A user's own file as one module without a compiler: Node takes the types out (22.18 and newer), and each file that it imports by
 * relative path becomes an address that holds that file's text. Lines and columns stay those of the files.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, extname, join, resolve as resolvePath } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { type Import, init, parse, resolve } from './esm.js';

/** Whether this Node can do it for that file: JavaScript always, TypeScript from 22.18 on. */
export const canLink = (path: string): boolean => !isTyped(path) || stripTypes !== undefined;

const isTyped = (path: string): boolean => /\.[cm]?ts$/.test(path);

/** Node's own, which is not in the types of the oldest Node that runs this package. */
const stripTypes = (nodeModule as { stripTypeScriptTypes?: (code: string) => string }).stripTypeScriptTypes;

/** Characters of a module with all that it imports. */
const LARGEST = 2 ** 24;

/** Where what a file imports lies, beside its own files. */
export interface Elsewhere {
  /** The address of a package: the one that runs, or one that is installed. */
  packageFor(name: string, importer: string): string;
  /** The address of a file that is this package's own; `undefined` for the user's. */
  ownFile(file: string): string | undefined;
}

/**
 * The file's text with all that it imports by relative path in it, and these files.
 *
 * @throws FprincipleError `INVALID_ARGUMENT` naming the file, for syntax that is not JavaScript once types are taken out and for files
 * that import each other in a circle; `IO` for what is not there
 */
export async function linkModule(
  path: string,
  { packageFor, ownFile }: Elsewhere,
): Promise<{ text: string; files: string[] }> {
  await init;
  const texts = new Map<string, string>();
  const open: string[] = [];

  /** The text of a file, its imports replaced by addresses. */
  function linked(file: string): string {
    const known = texts.get(file);
    if (known !== undefined) return known;
    const before = open.indexOf(file);
    if (before >= 0) throw needsEsbuild(file, `it imports itself, by ${open.slice(before + 1).join(' and ') || file}`);
    open.push(file);
    const source = withoutTypes(file);
    let text = source;
    // From the last to the first, so that places before stay.
    for (const one of importsOf(source, file).reverse()) {
      const replaced = replacement(one, file);
      if (replaced !== undefined) text = text.slice(0, one.start) + replaced + text.slice(one.end);
    }
    text += `\n//# sourceURL=${pathToFileURL(file).href}\n`;
    // What two files import stands in both of them: modules that share many grow without end.
    if (text.length > LARGEST) throw needsEsbuild(file, 'with all that it imports it is too large to be linked');
    open.pop();
    texts.set(file, text);
    return text;
  }

  /** What stands in the place of an import; `undefined` where it stays. */
  function replacement(one: Import, file: string): string | undefined {
    if (one.type === 'import-meta') {
      const meta = { url: pathToFileURL(file).href, filename: file, dirname: dirname(file) };
      return `(${JSON.stringify(meta)})`;
    }
    if (one.specifier === undefined) return undefined;
    const address = addressOf(one.specifier, file);
    // The argument of a call of `import` has quotes of its own.
    return one.type === 'dynamic' ? JSON.stringify(address) : address;
  }

  function addressOf(specifier: string, file: string): string {
    if (!specifier.startsWith('.')) return packageFor(specifier, file);
    const found = besides(file, specifier);
    const own = ownFile(found);
    if (own !== undefined) return own;
    const json = extname(found) === '.json';
    if (json) texts.set(found, readText(found));
    const text = json ? readText(found) : linked(found);
    return `data:${json ? 'application/json' : 'text/javascript'};base64,${Buffer.from(text).toString('base64')}`;
  }

  const text = linked(path);
  return { text, files: [...texts.keys()] };
}

function importsOf(source: string, file: string): Import[] {
  try {
    const [imports] = parse(source, file);
    return [...imports];
  } catch (cause) {
    throw invalidArgument(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function withoutTypes(file: string): string {
  const text = readText(file);
  if (!isTyped(file)) return text;
  if (!stripTypes) throw needsEsbuild(file, 'this Node does not take types out of TypeScript');
  // It is stable enough for Node's own loader; a user need not hear that its function is young.
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return stripTypes(text);
  } catch (cause) {
    throw needsEsbuild(file, cause instanceof Error ? cause.message : String(cause));
  } finally {
    process.emitWarning = warn;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FprincipleError('IO', `${file} cannot be read`, { cause });
  }
}

/** The file that a relative import means: of TypeScript, `./a.js` is `./a.ts` too. */
function besides(file: string, specifier: string): string {
  const path = resolvePath(dirname(file), fileURLToPath(new URL(specifier, pathToFileURL(file))));
  const typed = path.replace(/\.([cm]?)js$/, '.$1ts');
  const candidates = [path, typed, `${path}.ts`, `${path}.js`, join(path, 'index.ts'), join(path, 'index.js')];
  const found = candidates.find((candidate) => extname(candidate) !== '' && existsSync(candidate));
  if (found === undefined) throw invalidArgument(`${file}: there is no ${specifier}`);
  return found;
}

const needsEsbuild = (file: string, why: string): FprincipleError =>
  invalidArgument(`${file}: ${why}; \`npm install esbuild\` compiles it`);

/** The address of an installed package as seen from a file. @throws where it is not installed */
export const packageFrom = (name: string, file: string): string => resolve(name, pathToFileURL(file).href);
