/** Trainings that are looked at in between, where what is looked at is no probe: all networks to one step, then to the next. */

import { type RunContext, refuseDiverged } from '../../experiment/index.js';
import { createModel, type Model, type NetworkSpec, type TrainManyRun, trainMany } from '../../nets/index.js';
import { entry } from './arrays.js';

export interface Stages<C, R> {
  /** One network each. */
  cells: readonly C[];
  /** The network of a cell and what it learns from the stage before on. */
  run(cell: C): TrainManyRun & { spec: NetworkSpec; seed: number };
  shared: Omit<TrainManyRun, 'steps' | 'record' | 'resume' | 'parameters'>;
  /** Steps after which the networks are looked at, ascending; 0 is before the training. */
  at: readonly number[];
  /** What is done at a stage, for the progress, and with which network, for the message when its training diverges. */
  what: string;
  name(cell: C): string;
  /** Looks at a network; what it gives back is kept. `loss` is that of the last step, NaN before the first. */
  look(cell: C, model: Model, stage: number, loss: number): Promise<R>;
}

/**
 * For every cell what was seen of it, stage by stage; each training gives the bits that it gives in one go.
 * @throws DivergedError naming the cell; `ABORTED`
 */
export async function trainInStages<C, R>(
  { signal, training, progress }: Pick<RunContext<unknown>, 'signal' | 'training' | 'progress'>,
  { cells, run, shared, at, what, name, look }: Stages<C, R>,
): Promise<R[][]> {
  const seen: R[][] = cells.map(() => []);
  let reached: (Pick<TrainManyRun, 'resume' | 'parameters'> & { loss: number })[] = [];
  for (const [stage, step] of at.entries()) {
    const steps = step - (at[stage - 1] ?? 0);
    if (steps > 0) {
      const runs = cells.map((cell, i) => {
        const { resume, parameters } = reached[i] ?? {};
        return { ...run(cell), ...(resume && parameters && { resume, parameters }) };
      });
      const onProgress = training(`training ${cells.length} networks to step ${step}`, cells.length * steps);
      const trained = await trainMany(runs, { ...shared, steps, record: { every: steps }, signal, onProgress });
      for (const [i, { history }] of trained.entries()) refuseDiverged(history, name(entry(cells, i)));
      reached = trained.map(({ history, parameters }) => ({
        resume: history.state,
        parameters,
        loss: history.loss.at(-1) ?? Number.NaN,
      }));
    }
    for (const [i, cell] of cells.entries()) {
      progress({ phase: `${what}, step ${step}`, step: i, steps: cells.length });
      const { spec, seed } = run(cell);
      const model = createModel(spec, { seed });
      const { parameters, loss = Number.NaN } = reached[i] ?? {};
      if (parameters) model.setParameters(parameters);
      seen[i]?.push(await look(cell, model, stage, loss));
    }
  }
  return seen;
}
