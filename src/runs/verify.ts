/**
 * How often claims hold: an experiment run on fresh seeds, and the share of them on which each of its claims held.
 *
 * Nobody picks the seeds: they are made of the experiment's id, the package's version and the number of the round by hashing.
 * Every round is kept, in a file that is written after each run: what was interrupted goes on where it was.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FprincipleError } from '../core/errors.js';
import { writeWhole } from '../core/files.js';
import { simdPath, versions } from '../core/machine.js';
import { checkInteger, checkOptions, required } from '../core/options.js';
import { deriveSeeds } from '../core/random.js';
import type { Claim } from '../experiment/claims.js';
import { type Experiment, type PresetName, requireExperiment } from '../experiment/define.js';
import { type RunOptions, runExperiment } from '../experiment/run.js';
import { codeOf } from './find.js';

const run = z.strictObject({
  seed: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  /** By the claim's id: whether it passed. */
  claims: z.record(z.string(), z.boolean()),
  /** Why there are none: the run rejected. Then no claim held. */
  error: z.string().exactOptional(),
});
const round = z.strictObject({
  id: z.string(),
  /** Version of the package. */
  version: z.string(),
  /** Digest of the package's code that the experiment depends on, as the round began. */
  code: z.string(),
  /** What the claims measured then on seed 0, which is not of the round: {@link claimNumbers}. */
  numbers: z.record(z.string(), z.string()).exactOptional(),
  simd: z.string(),
  preset: z.enum(['quick', 'paper']),
  round: z.int().positive(),
  runs: z.array(run),
});

/** One round of an experiment: its runs on the seeds of that round. */
export type VerifiedRound = z.output<typeof round>;

/** How often a claim held. */
export interface VerifiedClaim {
  id: string;
  /** Seeds on which it passed, and seeds in all. */
  held: number;
  of: number;
  /** Wilson's interval for the share at 95 %. */
  interval: [low: number, high: number];
}

/** What {@link verifyExperiment} takes. */
export interface VerifyOptions extends Pick<RunOptions, 'signal' | 'onProgress'> {
  /** The file of all rounds, JSON. */
  file: string;
  /** Seeds of the round. Default 20. */
  seeds?: number;
  /** Number of the round; another one has other seeds. Default 1. */
  round?: number;
  /** Default `quick`. */
  preset?: PresetName;
  /** Hears each run that ended. */
  onRun?: (run: VerifiedRound['runs'][number], done: number) => void;
}

/** The seeds of a round: {@link deriveSeeds} of a hash of id, version and round. */
export function verificationSeeds(id: string, version: string, number: number, count: number): number[] {
  const digest = createHash('sha256')
    .update(JSON.stringify([id, version, number]))
    .digest();
  return deriveSeeds(digest.readUIntBE(0, 6), count, 'verify');
}

/**
 * What each claim expected and measured, bit by bit, as a short digest by its id. A round is of today's code where seed 0
 * gives these numbers still: code changes in what no number depends on, and an engine that was built elsewhere is another
 * file.
 */
export function claimNumbers(claims: readonly Claim[]): Record<string, string> {
  const digest = ({ expected, measured, controls = [] }: Claim): string =>
    createHash('sha256')
      .update(JSON.stringify([expected, measured, controls.map((control) => control.measured)]))
      .digest('hex')
      .slice(0, 16);
  return Object.fromEntries(claims.map((claim) => [claim.id, digest(claim)]));
}

/** The claims that have other numbers on seed 0 than when the round began; all of them where it did not keep any. */
export function changedClaims(
  { numbers: then = {} }: Pick<VerifiedRound, 'numbers'>,
  claims: readonly Claim[],
): string[] {
  const now = claimNumbers(claims);
  return [...new Set([...Object.keys(now), ...Object.keys(then)])].filter((id) => now[id] !== then[id]);
}

/**
 * Runs an experiment on the seeds of a round, those that the file already has left out, and keeps each in the file. What
 * the file has counts where it was measured by this code, or where seed 0 still gives the numbers that it gave then.
 *
 * @throws FprincipleError `ABORTED`, `DATA_UNAVAILABLE`, `IO`; a run that rejects otherwise is kept as one in which no claim held
 */
export async function verifyExperiment(experiment: Experiment, options: VerifyOptions): Promise<VerifiedRound> {
  const names = ['file', 'seeds', 'round', 'preset', 'signal', 'onProgress', 'onRun'] as const;
  const { seeds = 20, round: number = 1, preset = 'quick', signal, onProgress, onRun } = checkOptions(options, names);
  const file = required(options.file, 'file');
  checkInteger(seeds, 'seeds', 1);
  checkInteger(number, 'round', 1);
  const { id } = requireExperiment(experiment);
  const watched = { preset, ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const frame = { id, version: versions().fprinciple ?? 'unknown', preset, round: number };
  const kept = (await readVerified(file)).filter(agrees(frame));
  let mine = await opened(experiment, frame, kept, watched);
  const { code, simd } = mine;
  for (const seed of verificationSeeds(id, frame.version, number, seeds)) {
    if (mine.runs.some((one) => one.seed === seed)) continue;
    const { seconds, claims, error } = await ran(experiment, { ...watched, seed });
    const passed = Object.fromEntries(claims.map((claim) => [claim.id, claim.pass]));
    const ended = { seed, seconds, claims: passed, ...(error !== undefined && { error }) };
    mine = { ...mine, runs: [...mine.runs, ended] };
    // Read anew: another process may have added rounds of other experiments.
    const others = (await readVerified(file)).filter((one) => !agrees({ ...frame, code, simd })(one));
    await writeWhole(file, text([...others, mine]));
    onRun?.(ended, mine.runs.length);
  }
  return mine;
}

const agrees =
  (part: Partial<VerifiedRound>) =>
  (round: VerifiedRound): boolean =>
    Object.entries(part).every(([name, value]) => round[name as keyof VerifiedRound] === value);

/** The round that goes on: the one of this code, else the one whose numbers are those of this code, else a new one. */
async function opened(
  experiment: Experiment,
  frame: Pick<VerifiedRound, 'id' | 'version' | 'preset' | 'round'>,
  kept: readonly VerifiedRound[],
  watched: RunOptions,
): Promise<VerifiedRound> {
  const now = { code: codeOf(experiment), simd: simdPath() };
  const begun = kept.find(agrees(now));
  if (begun) return begun;
  const { claims, error } = await ran(experiment, { ...watched, seed: 0 });
  if (error !== undefined) return { ...frame, ...now, runs: [] };
  return (
    kept.find((one) => changedClaims(one, claims).length === 0) ?? {
      ...frame,
      ...now,
      numbers: claimNumbers(claims),
      runs: [],
    }
  );
}

/** A run's claims, and how long it took; where it rejected, no claims and why. */
async function ran(
  experiment: Experiment,
  options: RunOptions,
): Promise<{ seconds: number; claims: readonly Claim[]; error?: string }> {
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 100) / 10;
  try {
    const { claims } = await runExperiment(experiment, options);
    return { seconds: seconds(), claims };
  } catch (error) {
    if (error instanceof FprincipleError && (error.code === 'ABORTED' || error.code === 'DATA_UNAVAILABLE'))
      throw error;
    return { seconds: seconds(), claims: [], error: error instanceof Error ? error.message : String(error) };
  }
}

/** Of each claim of a round how often it held; one that is missing in a run did not. */
export function verifiedClaims({ runs }: Pick<VerifiedRound, 'runs'>): VerifiedClaim[] {
  const ids = [...new Set(runs.flatMap(({ claims }) => Object.keys(claims)))];
  return ids.map((id) => {
    const held = runs.filter(({ claims }) => claims[id] === true).length;
    return { id, held, of: runs.length, interval: wilsonInterval(held, runs.length) };
  });
}

/**
 * Wilson's score interval at 95 % for a share of which `held` of `of` were seen (Wilson 1927):
 * `(p + z^2/2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)`, z = 1.96.
 */
export function wilsonInterval(held: number, of: number): [low: number, high: number] {
  if (of === 0) return [0, 1];
  const z = 1.959964;
  const p = held / of;
  const middle = p + z ** 2 / (2 * of);
  const half = z * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}

/** All rounds of a file; none where it does not exist. @throws FprincipleError `IO` for one that is damaged */
export async function readVerified(file: string): Promise<VerifiedRound[]> {
  const json = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '[]';
    throw new FprincipleError('IO', `${file} cannot be read`, { cause });
  });
  try {
    return z.array(round).parse(JSON.parse(json));
  } catch (cause) {
    throw new FprincipleError('IO', `${file} is no file of verified rounds`, { cause });
  }
}

/** One line a run, ordered by experiment and round, so that a change of one run is a change of one line. */
function text(rounds: readonly VerifiedRound[]): string {
  const key = (one: VerifiedRound): string =>
    `${one.id} ${String(one.round).padStart(6, '0')} ${one.version} ${one.code}`;
  const sorted = [...rounds].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const lines = sorted.map(({ runs, ...rest }) => {
    const list = runs.map((one) => `\n  ${JSON.stringify(one)}`).join(',');
    return `${JSON.stringify(rest).slice(0, -1)},"runs":[${list}\n]}`;
  });
  return `[\n${lines.join(',\n')}\n]\n`;
}
