/**
 * The addon with CUDA: a file of its own, installed by `npm install fprinciple-cuda-linux-x64` or built in a clone by
 * `npm run build:cuda`, loaded only when a model asks for a GPU, because it cannot be loaded where the CUDA libraries are
 * missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FprincipleError, fromNative } from './errors.js';
import type { Native } from './native.js';
import { resolved } from './platform.js';
import { packageVersion } from './version.js';

const PACKAGE = 'fprinciple-cuda-linux-x64';

/** What was built here, else the package; `undefined` without either. */
function findLoader(): string | undefined {
  const built = fileURLToPath(new URL('../../bindings/cuda/index.cjs', import.meta.url));
  return existsSync(built) ? built : resolved(PACKAGE);
}

// Not read when this is loaded: the playground has these modules and no files.
const missing = (): string =>
  `not here: on Linux (x64) run \`npm install ${PACKAGE}@${packageVersion()}\`, ` +
  'or in a clone `npm run build:cuda` where nvcc is';
const LIBRARIES = "the NVIDIA driver and CUDA's libraries must be where the system looks for them (LD_LIBRARY_PATH)";

let loaded: Native | undefined;

/**
 * The addon with CUDA, `device` (`cuda`, `cuda:N`) opened.
 * @throws `CUDA_UNAVAILABLE` with what to do
 */
export function cudaAddon(device: string): Native {
  const unavailable = (reason: string, cause?: unknown) =>
    new FprincipleError('CUDA_UNAVAILABLE', `device: '${device}' needs the addon with CUDA: ${reason}; or use 'cpu'`, {
      cause,
    });
  const loader = findLoader();
  if (loader === undefined) throw unavailable(`it is ${missing()}`);
  try {
    loaded ??= createRequire(import.meta.url)(loader) as Native;
  } catch (cause) {
    throw unavailable(`it could not be loaded (${reason(cause)}); ${LIBRARIES}`, cause);
  }
  try {
    loaded.openDevice(device);
  } catch (error) {
    throw fromNative(error);
  }
  return loaded;
}

/** The system's own words about what it could not load, without the lines around them. */
function reason(error: unknown): string {
  const text = error instanceof Error ? [error.message, String(error.cause ?? '')].join('\n') : String(error);
  return /[^\n]*(?:cannot open shared object|undefined symbol)[^\n]*/.exec(text)?.[0]?.trim() ?? text.split('\n')[0]!;
}

/** Whether a GPU can be used here, tried in a process of its own: loading the wrong libraries may end it. */
export function cudaStatus(): { available: boolean; message: string } {
  const loader = findLoader();
  if (loader === undefined) return { available: false, message: `the addon with CUDA is ${missing()}` };
  const script = `require(${JSON.stringify(loader)}).openDevice('cuda')`;
  const { status, stderr, signal } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60_000 });
  if (status === 0) return { available: true, message: "a GPU is here: device: 'cuda' trains on it" };
  const said = /CUDA_UNAVAILABLE: ([^\n]*)/.exec(stderr)?.[1];
  const message = said ?? `the addon with CUDA could not be loaded (${signal ?? reason(stderr)}); ${LIBRARIES}`;
  return { available: false, message };
}
