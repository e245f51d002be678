/**
 * `docs/paper-runs.json`: what the paper presets measured, and how long they took, where they were run.
 *
 * A paper preset may take hours, so its results are kept as numbers under version control, not made again with the
 * gallery. Each entry holds the digest of the parameters it was run with: a preset that has changed since is told from
 * one that has not.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { writeWhole } from '../core/files.js';
import type { Claim } from '../experiment/claims.js';
import type { Experiment } from '../experiment/define.js';
import { resolveParameters } from '../experiment/parameters.js';
import type { RunRecord } from '../experiment/record.js';
import { readRecord } from '../runs/read.js';

/** What a reader compares of a claim; its source is that of the experiment. */
export type PaperClaim = Omit<Claim, 'source'>;

/** One run of a paper preset. */
export interface PaperRun {
  id: string;
  seed: number;
  /** {@link parametersDigest} of the parameters it was run with. */
  parameters: string;
  /** Wall time of the experiment. */
  seconds: number;
  /** Processor and cores it ran on. */
  machine: string;
  /** Version of the package. */
  version: string;
  /** The day it was started, ISO 8601. */
  date: string;
  claims: PaperClaim[];
}

/** The first digits of the SHA-256 of the parameters as JSON. */
export const parametersDigest = (parameters: unknown): string =>
  createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 8);

/** The digest of an experiment's paper preset as it is now. */
export const paperDigest = (experiment: Experiment): string =>
  parametersDigest(resolveParameters(experiment.parameters, experiment.presets.paper));

/** The recorded runs; none where the file does not exist. @throws FprincipleError `IO` when it is damaged. */
export async function readPaperRuns(file: string): Promise<PaperRun[]> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '[]';
    throw new FprincipleError('IO', `${file} cannot be read`, { cause });
  });
  try {
    return JSON.parse(text) as PaperRun[];
  } catch (cause) {
    throw new FprincipleError('IO', `${file} is not JSON`, { cause });
  }
}

/**
 * Adds run folders of paper presets to the file, ordered by id and seed; a run of the same id and seed replaces the one
 * recorded before.
 *
 * @returns what was added.
 * @throws FprincipleError `IO` for what is no run folder, `INVALID_ARGUMENT` for a run of another preset.
 */
export async function recordPaperRuns(file: string, folders: readonly string[]): Promise<PaperRun[]> {
  const added: PaperRun[] = [];
  for (const folder of folders) added.push(paperRun(await readRecord(folder), folder));
  const key = ({ id, seed }: PaperRun): string => `${id} ${String(seed).padStart(16, '0')}`;
  const all = new Map([...(await readPaperRuns(file)), ...added].map((run) => [key(run), run]));
  const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, run]) => run);
  await writeWhole(file, text(sorted));
  return added;
}

/** One line a claim: short to read, and a change of one claim is a change of one line. */
function text(runs: readonly PaperRun[]): string {
  const lines = runs.map(({ claims, ...rest }) => {
    const list = claims.map((claim) => `\n  ${JSON.stringify(claim)}`).join(',');
    return `${JSON.stringify(rest).slice(0, -1)},"claims":[${list}\n]}`;
  });
  return `[\n${lines.join(',\n')}\n]\n`;
}

function paperRun(record: RunRecord, folder: string): PaperRun {
  if (record.preset !== 'paper') {
    throw invalidArgument(`${folder}: expected a run of the paper preset, got ${JSON.stringify(record.preset)}`);
  }
  const { id, seed, seconds, machine, versions, started } = record;
  return {
    id,
    seed,
    parameters: parametersDigest(record.parameters),
    seconds: Math.round(seconds * 10) / 10,
    machine: `${machine.processor}, ${machine.cores} cores`,
    version: versions.fprinciple ?? 'unknown',
    date: started.slice(0, 10),
    claims: record.claims.map(({ source: _, controls, levels, ...claim }) => ({
      ...claim,
      measured: rounded(claim.measured),
      ...(controls && { controls: controls.map((one) => ({ ...one, measured: rounded(one.measured) })) }),
      ...(levels && { levels: levels.map((one) => ({ ...one, measured: rounded(one.measured) })) }),
    })),
  };
}

/** Six significant digits say what was measured; the verdict is of all of them. */
function rounded(measured: Claim['measured']): Claim['measured'] {
  if (Array.isArray(measured)) return measured.map((m: Claim['measured']) => rounded(m));
  return typeof measured === 'number' && Number.isFinite(measured) ? Number(measured.toPrecision(6)) : measured;
}
