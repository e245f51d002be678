/** The engine's package for this platform, and what to do where it is missing. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

/** What is asked of this package's manifest here. */
interface Manifest {
  version: string;
  /** The packages of platforms: written into the manifest when it is published, absent in a clone. */
  optionalDependencies?: Record<string, string>;
}

const manifest = (): Manifest => JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** Whether this is a clone, where the engine can be built. */
const isClone = (): boolean => existsSync(new URL('crates', root));

/** The platform as its package names it: `linux-x64-musl`, `darwin-arm64`. */
export function platformName({ platform, arch } = process as { platform: string; arch: string }): string {
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

/** Whether this process runs on musl, the C library of Alpine: it is among what is loaded then. */
function isMusl(): boolean {
  // Without this the report may look up names of the network's addresses, for seconds.
  Reflect.set(process.report, 'excludeNetwork', true);
  const { sharedObjects = [] } = process.report.getReport() as { sharedObjects?: string[] };
  return sharedObjects.some((file) => /\bld-musl-|libc\.musl-/.test(file));
}

/**
 * What to do where the engine cannot be loaded on the platform `name`, by the package's manifest, in a clone or where it was
 * installed.
 */
export function howToGetTheEngine(
  name = platformName(),
  { version, optionalDependencies }: Manifest = manifest(),
  clone: boolean = isClone(),
): string {
  if (clone) return 'in a clone, run `npm run build`';
  const wanted = `fprinciple-${name}`;
  const packages = Object.keys(optionalDependencies ?? {});
  if (packages.includes(wanted)) {
    return (
      `its package is missing or does not fit this system: run \`npm install ${wanted}@${version}\` ` +
      '(npm leaves it out with --omit=optional, and where a lock file was made on another system)'
    );
  }
  const known = packages.map((each) => each.slice('fprinciple-'.length)).join(', ');
  return (
    `there is no package for ${name}, only for ${known}: with Rust (https://rustup.rs) clone the repository, ` +
    'run `npm install` and `npm run build` in it, and install that folder'
  );
}

/** The addon of this platform: the file that a build left in `bindings/`, else its package's; `undefined` without either. */
export function engineFile(): string | undefined {
  const name = platformName();
  const built = fileURLToPath(new URL(`bindings/fprinciple.${name}.node`, root));
  return existsSync(built) ? built : resolved(`fprinciple-${name}`);
}

/** The file that a package is, where it is installed. */
export function resolved(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}
