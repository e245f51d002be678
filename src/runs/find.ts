/** Experiments by what a person writes: an id, or the path of a file of their own. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { suggestion } from '../core/nearest.js';
import { type Experiment, isExperiment } from '../experiment/define.js';
import { experiments, themeOf } from '../experiments/index.js';
import { codeDigest } from './code.js';
import { type Compiled, compileModule, importCompiled } from './load.js';
import { placeIn } from './trace.js';

/** Whether a name is a path and no id. */
export const isPath = (name: string): boolean => /[\\/]/.test(name) || /\.[cm]?[jt]s$/.test(name);

/**
 * The experiment of that id.
 *
 * @example
 * experimentById('sine-mixture').title; // => 'A mixture of sines is learnt from low to high frequency'
 *
 * @throws FprincipleError `INVALID_ARGUMENT` with the nearest id.
 */
export function experimentById(id: string): Experiment {
  const found = experiments.find((experiment) => experiment.id === id);
  if (found) return found;
  if (typeof id !== 'string') throw invalidArgument(`id: expected an experiment's id, got ${describe(id)}`);
  const names = experiments.map((experiment) => experiment.id);
  throw invalidArgument(`unknown experiment ${describe(id)}: ${suggestion(id, names)}`);
}

/** The digest of the package's code that an experiment's numbers depend on; of a user's own one, all of the library. */
export const codeOf = (experiment: Experiment): string => {
  const theme = themeOf(experiment);
  return codeDigest(theme ? `experiments/${theme.id}/${experiment.id}` : 'index');
};

/** The experiments that `name` stands for: one by its id, or all that a file exports. */
export async function findExperiments(name: string): Promise<Experiment[]> {
  return isPath(name) ? (await importExperiments(name)).experiments : [experimentById(name)];
}

/** All that a file exports, and what it was compiled to. @throws `IO`; `INVALID_ARGUMENT` where it cannot be loaded */
export async function importExperiments(file: string): Promise<{ experiments: Experiment[]; compiled: Compiled }> {
  const path = resolve(file);
  try {
    await access(path);
  } catch (cause) {
    throw new FprincipleError('IO', `${file}: there is no such file`, { cause });
  }
  let compiled: Compiled;
  let module: Record<string, unknown>;
  try {
    compiled = await compileModule(path);
    module = await importCompiled(compiled);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const place = placeIn(cause, path);
    throw invalidArgument(`${file} cannot be loaded: ${why}${place === undefined ? '' : ` (at ${place})`}`, { cause });
  }
  const found = experimentsOf(module);
  if (found.length === 0) {
    throw invalidArgument(
      `${file}: expected an export made by defineExperiment, got ${Object.keys(module).join(', ') || 'nothing'}`,
    );
  }
  return { experiments: found, compiled };
}

/** The experiments among a module's exports, each once. */
export const experimentsOf = (module: Record<string, unknown>): Experiment[] => [
  ...new Set(Object.values(module).filter(isExperiment)),
];
