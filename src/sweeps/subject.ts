/** What a sweep runs: an experiment by its id, one of a file, or a training described as data. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { invalidArgument } from '../errors.js';
import type { Experiment } from '../experiment/define.js';
import { findExperiments, isPath } from '../runs/find.js';
import { training } from './training.js';

export interface Subject {
  experiment: Experiment;
  /** How another process finds it: `training`, an id, or an absolute path. Missing: it lives in this process only. */
  reference?: string;
  /** Of the user's own file: its text's hash, which is part of every run's id. */
  source?: string;
}

/** The subject of that name. A file's path is taken from the working directory and must export one experiment. */
export async function findSubject(name: string): Promise<Subject> {
  if (name === training.id) return { experiment: training, reference: name };
  const found = await findExperiments(name);
  if (found.length > 1) {
    throw invalidArgument(
      `${name}: expected one experiment to sweep, got ${found.map((experiment) => experiment.id).join(', ')}`,
    );
  }
  const experiment = found[0]!;
  if (!isPath(name)) return { experiment, reference: name };
  const path = resolve(name);
  const source = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { experiment, reference: path, source };
}
