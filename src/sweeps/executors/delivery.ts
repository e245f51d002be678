/**
 * What comes out of a queue is read here, jobs and results: whoever reaches the server can write anything into it, so that
 * nothing is believed before its form has been checked, and a result only where it is that of the run that was asked for.
 */
import { z } from 'zod';
import { presetNames } from '../../experiment/define.js';
import { claimSchema, fileId } from '../../experiment/outcome.js';
import type { RunOutcome } from '../folder/outcome.js';
import type { SweepResult } from '../folder/store.js';
import { canonical, type PlannedRun, resolveRun, thisEngine } from '../plan/plan.js';
import type { Subject } from '../plan/subject.js';
import { type BatchJob, jobFormat } from './queue.js';

/** Ids of runs and names of sweeps become names of files and of keys. */
const safeName = z.string().regex(/^[\w-]{1,64}$/, 'expected letters, digits, "_" and "-"');

/** Runs that one job may hold; the package puts 64 at most into one by itself. */
const mostRuns = 10_000;

const run = z.object({
  id: safeName,
  settings: z.record(z.string(), z.unknown()),
  seed: z.int().nonnegative(),
  from: safeName.exactOptional(),
  paused: z.base64().exactOptional(),
});

const job = z.object({
  format: z.literal(jobFormat),
  sweep: safeName,
  reference: z.string().max(4096),
  preset: z.enum(presetNames as ['quick', 'paper']),
  runs: z.array(run).min(1).max(mostRuns),
  folder: z.string().max(4096).exactOptional(),
}) satisfies z.ZodType<BatchJob>;

/** A job of another version, as far as it is understood: enough to answer it. */
const otherJob = z.object({
  format: z.number(),
  sweep: safeName,
  runs: z.array(z.object({ id: safeName })).max(mostRuns),
});

export type ReadJob = { job: BatchJob } | { other: z.output<typeof otherJob> } | { refused: string };

/** A job, one of another version, or why it is none. */
export function readJob(data: unknown): ReadJob {
  const read = job.safeParse(data);
  if (read.success) return { job: read.data };
  const other = otherJob.safeParse(data);
  if (other.success && other.data.format !== jobFormat) return { other: other.data };
  return { refused: firstIssue(read.error) };
}

const result = z.looseObject({
  id: safeName,
  status: z.enum(['completed', 'diverged']),
  metrics: z.record(z.string(), z.number().nullable()),
  claims: z.array(z.object({ ...claimSchema.shape, id: z.string() })),
  tables: z.record(z.string().regex(fileId), z.string()),
  seconds: z.number(),
  host: z.string(),
  finished: z.string(),
  arrays: z.undefined().optional(),
});

const npz = z.base64().exactOptional();
const error = z.object({ code: z.string().max(64), message: z.string() });
const committed = z.object({ committed: safeName });
const failed = z.object({ outcome: z.object({ id: safeName, error }) });
const done = z.object({ outcome: z.object({ id: safeName, result }), npz, paused: npz });

export type ReadDelivery = { committed: string } | { outcome: RunOutcome } | { refused: string };

/**
 * What a worker sent back for one of the runs that are open.
 * @param open the run of that id, where one is asked for
 */
export function readDelivery(
  text: string,
  { subject, preset, open }: { subject: Subject; preset: SweepResult['preset']; open: ReadonlyMap<string, PlannedRun> },
): ReadDelivery {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    return { refused: `it is not JSON: ${(cause as Error).message}` };
  }
  const taken = committed.safeParse(parsed);
  if (taken.success) return taken.data;
  const stopped = failed.safeParse(parsed);
  if (stopped.success) {
    const { id, error } = stopped.data.outcome;
    return { outcome: { id, error: { code: printable(error.code), message: printable(error.message) } } };
  }
  const read = done.safeParse(parsed);
  if (!read.success) return { refused: firstIssue(read.error) };
  const { outcome, npz, paused } = read.data;
  if (outcome.result.id !== outcome.id) {
    return { refused: `its result is of ${outcome.result.id}, not of ${outcome.id}` };
  }
  const asked = open.get(outcome.id);
  const odd = asked && differing(outcome.result, asked, subject, preset);
  if (odd !== undefined) return { refused: `run ${outcome.id}: its ${odd} is not that of the run that was asked for` };
  const bytes = {
    ...(npz !== undefined && { npz: new Uint8Array(Buffer.from(npz, 'base64')) }),
    ...(paused !== undefined && { paused: new Uint8Array(Buffer.from(paused, 'base64')) }),
  };
  return { outcome: { id: outcome.id, result: outcome.result as unknown as SweepResult, ...bytes } };
}

/** The first field in which a result is not that of the run. */
function differing(
  given: Record<string, unknown>,
  { id, settings, seed }: PlannedRun,
  subject: Subject,
  preset: SweepResult['preset'],
): string | undefined {
  const { parameters } = resolveRun(subject, preset, settings, seed);
  const expected = { id, experiment: subject.experiment.id, preset, seed, parameters, ...thisEngine() };
  return Object.entries(expected).find(([name, value]) => canonical(given[name]) !== canonical(value))?.[0];
}

/** Text without what moves a terminal's cursor, at a length that can be read. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.slice(0, 10_000).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  const place = issue?.path.join('.');
  return printable(`${place ? `${place}: ` : ''}${issue?.message ?? 'it is nothing known'}`);
}
