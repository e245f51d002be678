/** `result.json`: what a run folder says of its run. */
import type { Claim } from '../experiment/claims.js';
import type { PresetName } from '../experiment/define.js';
import type { Problem } from '../experiment/outcome.js';
import type { Machine } from './machine.js';

/** Version of the folder's layout; raised when something in it changes its meaning. */
export const recordFormat = 1;

/** What `result.json` of a run folder holds. */
export interface RunRecord {
  format: typeof recordFormat;
  id: string;
  title: string;
  source: string;
  statement: string;
  preset: PresetName;
  /** Resolved, every default filled in. */
  parameters: Record<string, unknown>;
  seed: number;
  versions: Record<string, string>;
  simd: string;
  machine: Machine;
  /** ISO 8601, UTC. */
  started: string;
  /** Wall time of the experiment itself. */
  seconds: number;
  /** `null` where there is no (finite) value. */
  metrics: Record<string, number | null>;
  claims: Claim[];
  /** Files are `figures/<id>.vl.json`, `.svg` and `.png`. */
  figures: { id: string; title: string; caption: string }[];
  /** Files are `data/<id>.csv`. */
  tables: { id: string; title: string }[];
  /** Parts of the outcome that could not be used, each with its reason; left out where there are none. */
  problems?: Problem[];
}
