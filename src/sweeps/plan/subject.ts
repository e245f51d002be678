/** What a sweep runs: an experiment by its id, one of a file, or a training described as data. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { invalidArgument } from '../../core/errors.js';
import { suggestion } from '../../core/nearest.js';
import type { Experiment } from '../../experiment/define.js';
import { experiments } from '../../experiments/index.js';
import { codeDigest } from '../../runs/code.js';
import { codeOf, experimentById, experimentsOf, importExperiments, isPath } from '../../runs/find.js';
import { importCompiled } from '../../runs/load.js';
import { training } from './training.js';

export interface Subject {
  experiment: Experiment;
  /** How another process finds it: `training`, an id, or an absolute path. Missing: it lives in this process only. */
  reference?: string;
  /** Of the package's code that it depends on: a digest, which is part of every run's id. Missing in a sweep of 0.1.0. */
  code?: string | undefined;
  /** Of the user's own file and what it imports, or of the function of an experiment in this process: likewise. */
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
  const [experiment] = experimentsOf(await importCompiled({ text }));
  if (!experiment) throw invalidArgument(`${reference}: expected an export made by defineExperiment, got none`);
  return { ...described, experiment, code: codeDigest('index') };
}

/** An experiment that lives in this process. Of its source its functions are known, not what they call. */
export const subjectHere = (experiment: Experiment): Subject => ({
  experiment,
  code: codeDigest('index'),
  source: createHash('sha256')
    .update(String(experiment.measure) + String(experiment.present))
    .digest('hex'),
});

/** The subject of that name. A file's path is taken from the working directory and must export one experiment. */
export async function findSubject(name: string): Promise<Subject> {
  if (name === training.id) return { experiment: training, reference: name, code: codeDigest('sweeps/plan/training') };
  const ids = [training.id, ...experiments.map(({ id }) => id)];
  if (!isPath(name) && !ids.includes(name)) {
    throw invalidArgument(`unknown experiment ${JSON.stringify(name)}: ${suggestion(name, ids)}`);
  }
  if (!isPath(name)) {
    const experiment = experimentById(name);
    return { experiment, reference: name, code: codeOf(experiment) };
  }
  const { experiments: found, compiled } = await importExperiments(name);
  const [experiment, ...more] = found;
  if (!experiment || more.length > 0) {
    throw invalidArgument(`${name}: expected one experiment to sweep, got ${found.map(({ id }) => id).join(', ')}`);
  }
  const { digest: source, text } = compiled;
  return { experiment, reference: resolve(name), code: codeDigest('index'), source, text };
}
