/**
 * A training described as data: network, samples, loss, optimiser. As an experiment it runs anywhere an experiment
 * does; in a sweep its runs are packed into `trainMany`.
 */
import { defineExperiment, type Outcome } from '../../experiment/define.js';
import { column, probe } from '../../experiment/history.js';
import { passageStep } from '../../experiment/seeds.js';
import { type TrainManyRun, type TrainManyShared, trainMany } from '../../nets/many.js';
import { type MlpOptions, mlp } from '../../nets/mlp.js';
import type { NetworkSpec } from '../../nets/spec.js';
import type { ProbeSpec, TrainingHistory } from '../../nets/train.js';
import { samplesOf } from './training-data.js';
import { type TrainingParameters, trainingParameters } from './training-parameters.js';

export type { TrainingDescription, TrainingParameters } from './training-parameters.js';

const isSpec = (n: TrainingParameters['network']): n is NetworkSpec => 'layers' in n;

const specOf = (n: TrainingParameters['network']): NetworkSpec => (isSpec(n) ? n : mlp(n as unknown as MlpOptions));

function toRun(p: TrainingParameters, seed: number): TrainManyRun {
  const { x, y, frequencies } = samplesOf(p.data);
  const error: Record<string, ProbeSpec> =
    frequencies.length > 0
      ? { error: { type: 'spectrum', points: x, target: y, frequencies: frequencies.map((k) => k / 2 / Math.PI) } }
      : {};
  return {
    spec: specOf(p.network),
    seed,
    x,
    y,
    loss: p.loss,
    ...(p.penalty && { penalty: p.penalty }),
    optimizer: p.optimizer,
    steps: p.steps,
    record: { log: p.records },
    probes: error,
    ...(p.batchSize !== undefined && { batchSize: p.batchSize }),
  };
}

/** Final and smallest loss, steps taken, and of each frequency of the target the final relative error and when it was learnt. */
function outcomeOf(p: TrainingParameters, history: TrainingHistory): Outcome {
  const finite = (v: number | undefined): number | null => (v !== undefined && Number.isFinite(v) ? v : null);
  const { steps, loss } = history;
  const metrics: Record<string, number | null> = {
    loss: history.stopReason === 'diverged' ? null : finite(loss.at(-1)),
    smallestLoss: finite(Math.min(...loss.filter(Number.isFinite))),
    steps: history.state.step,
    diverged: history.stopReason === 'diverged' ? 1 : 0,
  };
  const columns: Record<string, readonly (number | null)[]> = { step: steps, loss };
  const { names } = samplesOf(p.data);
  if (names.length > 0) {
    const error = probe(history, 'error', 'relativeError');
    for (const [i, name] of names.entries()) {
      const values = Array.from(column(error, i));
      metrics[`error_${name}`] = finite(values.at(-1));
      metrics[`passage_${name}`] = passageStep(steps, values, p.level);
      columns[`error_${name}`] = values;
    }
  }
  return { metrics, tables: [{ id: 'history', title: 'Loss and errors by step', columns }] };
}

/** Trains all of `runs` at once on `threads` threads. All must have the same `dtype`. */
export async function trainDescribed(
  runs: readonly { parameters: TrainingParameters; seed: number }[],
  options: Pick<TrainManyShared, 'signal' | 'onProgress' | 'threads' | 'memoryLimit'> = {},
): Promise<Outcome[]> {
  const trained = await trainMany(
    runs.map(({ parameters: p, seed }) => toRun(p, seed)),
    { ...options, dtype: runs[0]?.parameters.dtype ?? 'f32' },
  );
  return trained.map(({ history }, i) => outcomeOf(runs[i]!.parameters, history));
}

/** Widths from input to output, of dense layers; weights between them, biases included; samples. */
function sizes({ network: n, data: d }: TrainingParameters): { widths: number[]; weights: number; points: number } {
  const widths = isSpec(n)
    ? [[n.input].flat().reduce((a, b) => a * b, 1), ...n.layers.flatMap((l) => (l.type === 'dense' ? [l.units] : []))]
    : [n.input, ...n.hidden, n.output];
  const weights = widths.slice(1).reduce((sum, w, i) => sum + w * (widths[i]! + 1), 0);
  return { widths, weights, points: d.type === 'sines' ? d.points : Array.isArray(d.x) ? d.x.length : 1 };
}

/** Bytes that one such training takes, roughly: parameters with their moments, panels and gradients, and samples. */
export function trainingBytes(p: TrainingParameters): number {
  const { widths, weights, points } = sizes(p);
  return 8 * (6 * weights + 3 * points * (widths[0]! + widths.at(-1)!) + 256 * Math.max(...widths) * widths.length);
}

/** Floating-point operations of the whole training, roughly: two a weight and sample forward, four backward. */
export function trainingFlops(p: TrainingParameters): number {
  const { weights, points } = sizes(p);
  return 6 * weights * Math.min(points, p.batchSize ?? points) * p.steps;
}

const defaults = { data: { type: 'sines' }, optimizer: { type: 'adam' } } as const;

export const training = defineExperiment({
  id: 'training',
  title: 'A training described as data',
  source: 'your own',
  parameters: trainingParameters,
  // Types named here, so that `data.points` or `optimizer.learningRate` alone changes the default's.
  presets: { quick: defaults, paper: defaults },
  run: async ({ parameters: p, seed, signal, training: announce }) => {
    const [outcome] = await trainDescribed([{ parameters: p, seed }], {
      signal,
      onProgress: announce('training', p.steps),
    });
    return outcome!;
  },
});
