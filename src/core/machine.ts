/** What a run ran on, as far as it matters for its numbers and its time. */

import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { native } from './native.js';
import { packageVersion } from './version.js';

/** The machine that a run ran on. */
export interface Machine {
  /** Operating system, its release and the architecture, for instance `linux 6.8.0 x64`. */
  platform: string;
  /** The processor as the system calls it. */
  processor: string;
  /** Logical processors. */
  cores: number;
  /** Memory in GiB, to a tenth. */
  memoryGiB: number;
}

export function machine(): Machine {
  return {
    platform: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
  };
}

/** Versions of this package and of Node. */
export function versions(): Record<string, string> {
  return { fprinciple: packageVersion(), node: process.versions.node };
}

/** The SIMD path the engine takes here (`avx512`, `avx2`, `neon`, `portable`). */
export function simdPath(): string {
  return native().simdPath();
}
