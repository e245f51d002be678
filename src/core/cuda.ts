/**
 * GPUs. The ordinary addon trains small networks by kernels of its own, compiled where the card is; it loads NVIDIA's libraries
 * only when a model asks for a GPU. All other layers are candle's, in an addon of its own, which cannot be loaded where the CUDA
 * libraries are missing: installed by `npm install fprinciple-cuda-linux-x64` or built in a clone by `npm run build:cuda`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FprincipleError, fromNative } from './errors.js';
import { call, type Native, native } from './native.js';
import { resolved } from './platform.js';
import { packageVersion } from './version.js';

const PACKAGE = 'fprinciple-cuda-linux-x64';

/** What was built here, else the package; `undefined` without either. */
function findLoader(): string | undefined {
  const built = fileURLToPath(new URL('../../bindings/cuda/index.cjs', import.meta.url));
  return existsSync(built) ? built : resolved(PACKAGE);
}

const LIBRARIES = "the NVIDIA driver and CUDA's libraries must be where the system looks for them (LD_LIBRARY_PATH)";

let loaded: Native | undefined;

/**
 * The addon that computes on `device` (`cuda`, `cuda:N`), opened: candle's where it is installed, else the ordinary one.
 * @throws `CUDA_UNAVAILABLE` with what to do
 */
export function cudaAddon(device: string): Native {
  const loader = findLoader();
  const addon = loader === undefined ? native() : candleAddon(loader, device);
  try {
    addon.openDevice(device);
  } catch (error) {
    throw fromNative(error);
  }
  return addon;
}

function candleAddon(loader: string, device: string): Native {
  try {
    loaded ??= createRequire(import.meta.url)(loader) as Native;
  } catch (cause) {
    const message = `device: '${device}' needs the addon with CUDA: it could not be loaded (${reason(cause)}); ${LIBRARIES}`;
    throw new FprincipleError('CUDA_UNAVAILABLE', `${message}; or use 'cpu'`, { cause });
  }
  return loaded;
}

/** The system's own words about what it could not load, without the lines around them. */
function reason(error: unknown): string {
  const text = error instanceof Error ? [error.message, String(error.cause ?? '')].join('\n') : String(error);
  return /[^\n]*(?:cannot open shared object|undefined symbol)[^\n]*/.exec(text)?.[0]?.trim() ?? text.split('\n')[0]!;
}

/** What of CUDA is here. */
export interface CudaStatus {
  /** Whether a GPU can be used. */
  available: boolean;
  /** That in a sentence, with the reason. */
  message: string;
  /** The driver's version, or why there is none. */
  driver: string;
  /** The first card, or why there is none. */
  card: string;
  /** The version of CUDA's compiler at run time and its folder, or that it is not here. */
  nvrtc: string;
  /** Where that was looked for after the system's own places. */
  looked: string[];
  /** What installs what is missing, a line each. */
  install: string[];
  /** candle's engine for the layers that have no kernel, or what installs it. */
  candle: string;
}

const USABLE = "a GPU is here: device: 'cuda' trains on it";

/** Whether a GPU can be used here, and what there is of what it needs. */
export function cudaStatus(): CudaStatus {
  const found = call((addon) => addon.cudaFound());
  const loader = findLoader();
  if (loader === undefined) {
    const candle = `not here: on Linux (x64) \`npm install ${PACKAGE}@${packageVersion()}\`, or in a clone \`npm run build:cuda\``;
    return { ...found, candle, message: found.available ? USABLE : found.card };
  }
  const candle = candleStatus(loader);
  return { ...found, ...candle, candle: candle.available ? 'here' : candle.message };
}

/** Whether candle's addon can use a GPU, tried in a process of its own: loading the wrong libraries may end it. */
function candleStatus(loader: string): { available: boolean; message: string } {
  const script = `require(${JSON.stringify(loader)}).openDevice('cuda')`;
  const { status, stderr, signal } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60_000 });
  if (status === 0) return { available: true, message: USABLE };
  const said = /CUDA_UNAVAILABLE: ([^\n]*)/.exec(stderr)?.[1];
  const message = said ?? `the addon with CUDA could not be loaded (${signal ?? reason(stderr)}); ${LIBRARIES}`;
  return { available: false, message };
}
