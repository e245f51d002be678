/** The runs behind the gallery: those that are there already, and the rest done now. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { simdPath, versions } from '../core/machine.js';
import type { RunProgress } from '../experiment/context.js';
import type { Experiment } from '../experiment/define.js';
import { resolveParameters } from '../experiment/parameters.js';
import type { RunRecord } from '../experiment/record.js';
import type { ReportedRun } from '../report/page.js';
import { codeOf } from '../runs/find.js';
import { readRecord, readRun } from '../runs/read.js';
import { folderName, runToFolder } from '../runs/write.js';

export interface CollectOptions {
  /** Folder of run folders. */
  runs: string;
  /** The experiment's file; a run older than it is done again. */
  file?: string;
  /** Does the run again even where it is there. */
  fresh?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: RunProgress) => void;
}

/** The folder of an experiment's run with its quick preset and seed 0. */
export function runFolder(experiment: Experiment, runs: string): string {
  const parameters = resolveParameters(experiment.parameters, experiment.presets.quick) as Record<string, unknown>;
  return join(resolve(runs), folderName(experiment, { preset: 'quick', seed: 0, parameters }));
}

/**
 * The run of an experiment with its quick preset and seed 0: the folder that is there, where it was written with the same
 * parameters by the same version and state of the code and SIMD path after the experiment's file last changed, else a new run.
 *
 * @throws what the experiment rejects with
 */
export async function collectRun(
  experiment: Experiment,
  { runs, file, fresh = false, signal, onProgress }: CollectOptions,
): Promise<{ run: ReportedRun; reused: boolean }> {
  const there = runFolder(experiment, runs);
  if (!fresh && (await isCurrent(there, experiment, file))) return { run: await readRun(there), reused: true };
  const { folder } = await runToFolder(experiment, {
    out: runs,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  return { run: await readRun(folder), reused: false };
}

async function isCurrent(folder: string, experiment: Experiment, file: string | undefined): Promise<boolean> {
  let record: RunRecord;
  try {
    record = await readRecord(folder);
  } catch {
    return false;
  }
  const parameters = resolveParameters(experiment.parameters, experiment.presets.quick);
  const changed = file === undefined ? 0 : (await stat(file)).mtimeMs;
  return (
    record.seed === 0 &&
    record.versions.fprinciple === versions().fprinciple &&
    record.simd === simdPath() &&
    record.code === codeOf(experiment) &&
    JSON.stringify(record.parameters) === JSON.stringify(parameters) &&
    Date.parse(record.started) >= changed
  );
}
