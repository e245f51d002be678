/**
 * A training described as data: network, samples, loss, optimiser. As an experiment it runs anywhere an experiment
 * does; in a sweep its runs are packed into `trainMany`.
 */
import { z } from 'zod';
import { type DeepPartial, defineExperiment, type Outcome } from '../experiment/define.js';
import { column, probe } from '../experiment/history.js';
import { passageStep } from '../experiment/seeds.js';
import { periodicGrid, sample } from '../experiment/signals.js';
import type { ArrayInput, NestedNumbers } from '../ndarray.js';
import { type TrainManyRun, type TrainManyShared, trainMany } from '../nets/many.js';
import { type MlpOptions, mlp } from '../nets/mlp.js';
import { type NetworkSpec, networkSpecSchema } from '../nets/spec.js';
import type { ProbeSpec, TrainingHistory } from '../nets/train.js';
import { lossSchema, optimizerOptions, penaltySchema } from '../nets/training-schema.js';

const nested: z.ZodType<NestedNumbers> = z.lazy(() => z.union([z.number(), z.array(nested)]));
const typed = z.looseObject({ type: z.string() });

const network = z.union([
  z.strictObject({
    input: z.int().positive().default(1),
    hidden: z.array(z.int().positive()).default([40, 40]),
    output: z.int().positive().default(1),
    activation: z.union([z.string(), z.looseObject({ fn: z.string() })]).default('tanh'),
    init: z.union([z.string(), typed]).exactOptional(),
    biasInit: z.union([z.number(), z.string(), typed]).exactOptional(),
    parameterization: z.enum(['standard', 'ntk']).exactOptional(),
    sigmaW: z.number().exactOptional(),
    sigmaB: z.number().exactOptional(),
  }),
  networkSpecSchema,
]);

/** A rate of 1e-3 and Adam where nothing else is said, so that an axis may name the type or the rate alone. */
const rated = optimizerOptions.map((option) => {
  const learningRate = z.number().nonnegative().default(1e-3);
  return 'learningRate' in option.shape ? option.extend({ learningRate }) : option;
}) as unknown as typeof optimizerOptions;
const [, adam] = rated;
const optimizer = z.union([
  z.discriminatedUnion('type', rated),
  adam.extend({ type: z.literal('adam').default('adam') }),
]);

const data = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sines'),
    frequencies: z.array(z.number().nonnegative()).min(1).default([1, 5]).describe('k of sin kx, angular'),
    amplitudes: z.array(z.number()).exactOptional().describe('one for each; default all 1'),
    points: z.int().min(2).max(1_000_000).default(201).describe('evenly spaced on [-pi, pi), its end left out'),
  }),
  z.strictObject({ type: z.literal('values'), x: nested, y: nested }),
]);

const parameters = z.object({
  network: network
    .default({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' })
    .describe('layers of one width and activation, or a whole NetworkSpec'),
  data: data.default({ type: 'sines', frequencies: [1, 5], points: 201 }).describe('samples'),
  loss: lossSchema.default('mse'),
  penalty: penaltySchema.exactOptional().describe('added to the loss'),
  optimizer: optimizer.default({ type: 'adam', learningRate: 1e-3 }).describe('as `model.train` takes it'),
  steps: z.int().min(1).default(1000),
  batchSize: z.int().positive().exactOptional().describe('default: all samples'),
  records: z.int().min(2).max(10_000).default(20).describe('recorded steps, evenly spaced in their logarithm'),
  level: z.number().positive().default(0.1).describe('relative error at which a frequency counts as learnt'),
  dtype: z.enum(['f32', 'f64']).default('f32'),
});

/** A description of a training with every default filled in. */
export type TrainingParameters = z.output<typeof parameters>;
/** What a description of a training may leave out: everything. */
export type TrainingDescription = DeepPartial<z.input<typeof parameters>>;

const isSpec = (n: TrainingParameters['network']): n is NetworkSpec => 'layers' in n;

const specOf = (n: TrainingParameters['network']): NetworkSpec => (isSpec(n) ? n : mlp(n as unknown as MlpOptions));

/** Samples of equal data are one pair of arrays, so that many runs share them. */
const samples = new Map<string, { x: ArrayInput; y: ArrayInput }>();

function samplesOf(d: TrainingParameters['data']): { x: ArrayInput; y: ArrayInput } {
  if (d.type === 'values') return { x: d.x as ArrayInput, y: d.y as ArrayInput };
  const key = JSON.stringify(d);
  let made = samples.get(key);
  if (!made) {
    const { points, frequencies, amplitudes = [] } = d;
    const x = periodicGrid(points);
    made = { x, y: sample(x, (v) => frequencies.reduce((s, k, i) => s + (amplitudes[i] ?? 1) * Math.sin(k * v), 0)) };
    if (samples.size >= 16) samples.clear();
    samples.set(key, made);
  }
  return made;
}

function toRun(p: TrainingParameters, seed: number): TrainManyRun {
  const { x, y } = samplesOf(p.data);
  const error: Record<string, ProbeSpec> =
    p.data.type === 'sines'
      ? {
          error: {
            type: 'spectrum',
            points: x,
            target: y,
            frequencies: p.data.frequencies.map((k) => k / 2 / Math.PI),
          },
        }
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

/** Final and smallest loss, steps taken, and for sines the final relative error of each and when it was learnt. */
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
  if (p.data.type === 'sines') {
    const error = probe(history, 'error', 'relativeError');
    for (const [i, k] of p.data.frequencies.entries()) {
      const values = Array.from(column(error, i));
      metrics[`error_${k}`] = finite(values.at(-1));
      metrics[`passage_${k}`] = passageStep(steps, values, p.level);
      columns[`error_${k}`] = values;
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

export const training = defineExperiment({
  id: 'training',
  title: 'A training described as data',
  source: 'your own',
  parameters,
  // Named here, so that `data.points` alone changes the default's.
  presets: { quick: { data: { type: 'sines' } }, paper: { data: { type: 'sines' } } },
  run: async ({ parameters: p, seed, signal, training: announce }) => {
    const [outcome] = await trainDescribed([{ parameters: p, seed }], {
      signal,
      onProgress: announce('training', p.steps),
    });
    return outcome!;
  },
});
