/** What a sweep runs: an experiment by its id, one of a file, or a training described as data. */
import { resolve } from 'node:path';
import { invalidArgument } from '../errors.js';
import type { Experiment } from '../experiment/define.js';
import { experiments } from '../experiments/index.js';
import { suggestion } from '../nearest.js';
import { experimentById, experimentsOf, importExperiments, isPath } from '../runs/find.js';
import { importCompiled } from '../runs/load.js';
import { training } from './training.js';

export interface Subject {
  experiment: Experiment;
  /** How another process finds it: `training`, an id, or an absolute path. Missing: it lives in this process only. */
  reference?: string;
  /** Of the user's own file and what it imports: a hash, which is part of every run's id. */
  source?: string;
  /** What that file was compiled to, for other processes of this machine. */
  text?: string;
}

/** What a process on this machine needs to have the same subject, without compiling anything. */
export type SubjectReference = Pick<Subject, 'source' | 'text'> & { reference: string };

export const referTo = ({ reference, source, text }: Subject): SubjectReference => ({
  reference: reference!,
  ...(source !== undefined && { source }),
  ...(text !== undefined && { text }),
});

export async function subjectOf(described: SubjectReference): Promise<Subject> {
  const { reference, text } = described;
  if (text === undefined) return findSubject(reference);
  return { ...described, experiment: experimentsOf(await importCompiled({ text }))[0]! };
}

/** The subject of that name. A file's path is taken from the working directory and must export one experiment. */
export async function findSubject(name: string): Promise<Subject> {
  if (name === training.id) return { experiment: training, reference: name };
  const ids = [training.id, ...experiments.map(({ id }) => id)];
  if (!isPath(name) && !ids.includes(name)) {
    throw invalidArgument(`unknown experiment ${JSON.stringify(name)}: ${suggestion(name, ids)}`);
  }
  if (!isPath(name)) return { experiment: experimentById(name), reference: name };
  const { experiments: found, compiled } = await importExperiments(name);
  if (found.length > 1) {
    throw invalidArgument(
      `${name}: expected one experiment to sweep, got ${found.map((experiment) => experiment.id).join(', ')}`,
    );
  }
  return { experiment: found[0]!, reference: resolve(name), source: compiled.digest, text: compiled.text };
}
