/** What a sweep runs: an experiment by its id, one of a file, or a training described as data. */
import { resolve } from 'node:path';
import { invalidArgument } from '../errors.js';
import type { Experiment } from '../experiment/define.js';
import { experiments } from '../experiments/index.js';
import { suggestion } from '../nearest.js';
import { findExperiments, isPath } from '../runs/find.js';
import { sourceDigest } from '../runs/load.js';
import { training } from './training.js';

export interface Subject {
  experiment: Experiment;
  /** How another process finds it: `training`, an id, or an absolute path. Missing: it lives in this process only. */
  reference?: string;
  /** Of the user's own file and what it imports: a hash, which is part of every run's id. */
  source?: string;
}

/** The subject of that name. A file's path is taken from the working directory and must export one experiment. */
export async function findSubject(name: string): Promise<Subject> {
  if (name === training.id) return { experiment: training, reference: name };
  const ids = [training.id, ...experiments.map(({ id }) => id)];
  if (!isPath(name) && !ids.includes(name)) {
    throw invalidArgument(`unknown experiment ${JSON.stringify(name)}: ${suggestion(name, ids)}`);
  }
  const found = await findExperiments(name);
  if (found.length > 1) {
    throw invalidArgument(
      `${name}: expected one experiment to sweep, got ${found.map((experiment) => experiment.id).join(', ')}`,
    );
  }
  const experiment = found[0]!;
  if (!isPath(name)) return { experiment, reference: name };
  const path = resolve(name);
  return { experiment, reference: path, source: await sourceDigest(path) };
}
