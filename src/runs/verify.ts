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
  /** Digest of the package's code that the experiment depends on. */
  code: z.string(),
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
 * Runs an experiment on the seeds of a round, those that the file already has for this code left out, and keeps each in the
 * file.
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
  const frame = {
    id,
    version: versions().fprinciple ?? 'unknown',
    code: codeOf(experiment),
    simd: simdPath(),
    preset,
    round: number,
  };
  const same = (one: VerifiedRound): boolean =>
    Object.entries(frame).every(([name, v]) => one[name as keyof typeof frame] === v);
  let mine: VerifiedRound = (await readVerified(file)).find(same) ?? { ...frame, runs: [] };
  for (const seed of verificationSeeds(id, frame.version, number, seeds)) {
    if (mine.runs.some((one) => one.seed === seed)) continue;
    const ended = await judged(experiment, {
      preset,
      seed,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    mine = { ...mine, runs: [...mine.runs, ended] };
    // Read anew: another process may have added rounds of other experiments.
    const others = (await readVerified(file)).filter((one) => !same(one));
    await writeWhole(file, text([...others, mine]));
    onRun?.(ended, mine.runs.length);
  }
  return mine;
}

async function judged(
  experiment: Experiment,
  options: RunOptions & { seed: number },
): Promise<VerifiedRound['runs'][number]> {
  const { seed } = options;
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 100) / 10;
  try {
    const { claims } = await runExperiment(experiment, options);
    return { seed, seconds: seconds(), claims: Object.fromEntries(claims.map(({ id, pass }) => [id, pass])) };
  } catch (error) {
    if (error instanceof FprincipleError && (error.code === 'ABORTED' || error.code === 'DATA_UNAVAILABLE'))
      throw error;
    return { seed, seconds: seconds(), claims: {}, error: error instanceof Error ? error.message : String(error) };
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
