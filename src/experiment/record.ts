/** `result.json`: what a run folder says of its run. */

import type { Machine } from '../core/machine.js';
import type { Claim } from './claims.js';
import type { PresetName } from './define.js';
import type { Problem } from './outcome.js';

/**
 * Version of the folder; raised when something in it, or what its seed draws, changes its meaning. 1 is that of 0.1.0; in 2
 * every draw is named by a seed and a stream, so that the same seed stands for other numbers.
 */
export const recordFormat = 2;

/**
 * The version of a record, where this one can read it: what 0.1.0 wrote says the same, whether it carries its number or not.
 */
export function readableFormat(given: unknown): number | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const format = 'format' in given ? given.format : 1;
  return format === recordFormat || format === 1 ? format : undefined;
}

/** By which code, and when, claims, tables and figures were made anew of what an earlier run measured. */
export interface Presented {
  /** Version of the package. */
  version: string;
  /** Digest of the package's code. */
  code: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** What `result.json` of a run folder holds. */
export interface RunRecord {
  /** Version of the folder: 2, or 1 where 0.1.0 wrote it. */
  format: number;
  /** Of the experiment. */
  id: string;
  /** Of the experiment. */
  title: string;
  /** Who described it. */
  source: string;
  /** What the experiment shows. */
  statement: string;
  /** That the parameters began from. */
  preset: PresetName;
  /** Resolved, every default filled in. */
  parameters: Record<string, unknown>;
  /** From which every random number of the run comes. */
  seed: number;
  /** Of this package and of Node, by name. */
  versions: Record<string, string>;
  /** The SIMD path that computed it: with another one bits may differ. */
  simd: string;
  /** Digest of the package's code that the run depends on; missing in one of 0.1.0. */
  code?: string;
  /** On which it ran. */
  machine: Machine;
  /** ISO 8601, UTC. */
  started: string;
  /** Wall time of the experiment itself. */
  seconds: number;
  /** `null` where there is no (finite) value. */
  metrics: Record<string, number | null>;
  /** What the sources say, as measured. */
  claims: Claim[];
  /** Files are `figures/<id>.vl.json`, `.svg` and `.png`. */
  figures: {
    /** File name without extension. */
    id: string;
    /** Stands above it. */
    title: string;
    /** What is shown and how to read it. */
    caption: string;
  }[];
  /** Files are `data/<id>.csv`. */
  tables: {
    /** File name without extension. */
    id: string;
    /** Stands above it. */
    title: string;
  }[];
  /** How the claims, tables and figures were made anew of the saved data, where they were (`presentAgain`). */
  presented?: Presented;
  /** Parts of the outcome that could not be used, each with its reason; left out where there are none. */
  problems?: Problem[];
}
