/** Training under a spectral norm. */
import { invalidArgument } from '../errors.js';
import type { NdArray } from '../ndarray.js';
import { spectralNormalize } from '../spectrum/layers.js';
import type { Model } from './model.js';
import type { Probes, TrainingHistory, TrainOptions } from './train.js';

export interface NormalizedTraining {
  /** Steps from one normalisation to the next; 1 by default. Each costs a call of `train`: a copy of the data. */
  every?: number;
  /** Names of the parameters that are normalised; all weights by default. */
  parameters?: readonly string[];
  /** The spectral norm that they are given; 1 by default. */
  norm?: number;
  /** Of the norm; 1e-9 by default. */
  tolerance?: number;
}

/**
 * {@link Model.train} with weights brought to a spectral norm (as matrices `[out, rest]`) before the first step, after every
 * `every` steps and at the end: a projection with exact norms, where Miyato et al. (2018) divide inside the forward pass by an
 * estimate. The optimiser's moments go on undisturbed. `record` is `{ every }`; the last record is that before the last
 * normalisation.
 * @throws as {@link Model.train}; `INVALID_ARGUMENT` for an unknown parameter
 */
export async function trainNormalized<P extends Probes = Probes>(
  model: Model,
  { steps, record = { every: 1 }, onProgress, ...options }: TrainOptions<P>,
  { every = 1, parameters, norm = 1, tolerance = 1e-9 }: NormalizedTraining = {},
): Promise<TrainingHistory<P>> {
  if (!Number.isSafeInteger(every) || every < 1)
    throw invalidArgument(`every: expected a whole number of at least 1, got ${every}`);
  if (!('every' in record)) throw invalidArgument('record: expected { every } for a training with normalised weights');
  const all = model.parameters();
  const names = parameters ?? Object.keys(all).filter((name) => all[name]!.shape.length >= 2);
  const unknown = names.find((name) => !(name in all));
  if (unknown !== undefined) throw invalidArgument(`parameters: the model has no parameter ${unknown}`);
  const normalize = (): void => {
    const present = model.parameters();
    model.setParameters(
      Object.fromEntries(names.map((name) => [name, spectralNormalize(present[name]!, { norm, tolerance })])),
    );
  };
  const parts: TrainingHistory<P>[] = [];
  let resume = options.resume;
  for (let done = 0; done < steps; done += every) {
    normalize();
    const part = await model.train<P>({
      ...options,
      record,
      steps: Math.min(every, steps - done),
      ...(resume && { resume }),
      ...(onProgress && { onProgress: (progress) => onProgress({ ...progress, done: done + progress.done }) }),
    });
    parts.push(part);
    resume = part.state;
    if (part.stopReason !== 'completed') break;
  }
  normalize();
  return joined(parts);
}

/** One history of several trainings in a row; of their last records only the very last is kept. */
function joined<P extends Probes>(parts: TrainingHistory<P>[]): TrainingHistory<P> {
  const last = parts.at(-1)!;
  // A part always records the state after its last step, whether or not that was asked for.
  const kept = parts.map(({ steps }, i) => steps.map((_, r) => r < steps.length - 1 || i === parts.length - 1));
  const list = <T>(of: (part: TrainingHistory<P>) => ArrayLike<T>): T[] =>
    parts.flatMap((part, i) => Array.from(of(part)).filter((_, r) => kept[i]![r]));
  const rows = (name: keyof P, field: string): NdArray => {
    const arrays = parts.map((part) => (part.probes[name] as Record<string, NdArray>)[field]!);
    const size = arrays[0]!.data.length / arrays[0]!.shape[0]!;
    const chosen = arrays.flatMap((array, i) =>
      kept[i]!.flatMap((keep, r) => (keep ? [array.data.subarray(r * size, (r + 1) * size)] : [])),
    );
    const data = new Float64Array(chosen.length * size);
    chosen.forEach((row, i) => {
      data.set(row, i * size);
    });
    return { data, shape: [chosen.length, ...arrays[0]!.shape.slice(1)] };
  };
  const probes = Object.fromEntries(
    Object.entries(last.probes).map(([name, fields]) => [
      name,
      Object.fromEntries(Object.keys(fields as object).map((field) => [field, rows(name, field)])),
    ]),
  );
  const terms = Object.keys(last.parts).map((name) => [name, list((part) => part.parts[name]!)]);
  return {
    ...last,
    steps: list((part) => part.steps),
    loss: list((part) => part.loss),
    parts: Object.fromEntries(terms) as TrainingHistory['parts'],
    probes: probes as TrainingHistory<P>['probes'],
  };
}
