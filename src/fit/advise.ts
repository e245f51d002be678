/** The adviser: which encoding, at which scale, learns a target best. */
import { FprincipleError, invalidArgument } from '../core/errors.js';
import type { TaskOptions } from '../core/native.js';
import { describe, type NdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, checkOptions, checkTask } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import { type Trained, trainMany } from '../nets/many.js';
import { createModel } from '../nets/model.js';
import type { NetworkSpec } from '../nets/spec.js';
import { type FitCandidate, type FitFamily, fitCandidates } from './candidates.js';
import {
  type FitData,
  type FitScaling,
  meanSquare,
  neighbourhoods,
  rowsAt,
  type ScaledData,
  scaleData,
  shuffled,
  unscaled,
} from './data.js';
import { type FitPlan, planFit, rounds } from './plan.js';
import { difference, predictedError } from './predict.js';
import { aliasingWarning, type TargetSpectrum, targetSpectrum } from './spectrum.js';

/** How much is to be spent on an advice, and on what networks. */
export interface AdviseOptions extends Pick<TaskOptions, 'signal'> {
  /** Seconds. Default 30. */
  budget?: number;
  /** Of weights, drawn frequencies, neighbourhoods and the validation split. Default 0. */
  seed?: number;
  /** Widths of the hidden layers. Default `[256, 256, 256, 256]`. */
  hidden?: readonly number[];
  /** Adam's steps in the training that is advised. Default 2000. */
  steps?: number;
  /** Default: all cores. No bit depends on it. */
  threads?: number;
  /** Hears what is being done: `done` of `total` in each phase. */
  onProgress?: (progress: FitProgress) => void;
}

/** How far the adviser is. */
export interface FitProgress {
  /** What is being done: kernels, or trainings of a round. */
  phase: string;
  /** Candidates predicted, or steps trained. */
  done: number;
  /** Of them in this phase. */
  total: number;
}

/** A candidate's held-out error as its kernel predicts it. */
export interface FitPrediction {
  /** For people, for instance `Fourier, sigma 8`. */
  name: string;
  /** What kind of network it is. */
  family: FitFamily;
  /** Its scale: sigma of `fourier` (cycles per unit), omega_0 of `siren`, the width of `gaussian`, octaves of `positional`. */
  value?: number;
  /** Root mean square at held-out points, in units of the target's standard deviation. */
  error: number;
}

/** A candidate's held-out error, measured on the validation samples at the end of a training. */
export interface FitMeasurement {
  /** That of the candidate. */
  name: string;
  /** Of Adam. */
  learningRate: number;
  /** Taken in that round. */
  steps: number;
  /** From 1: later rounds are longer. */
  round: number;
  /** As that of {@link FitPrediction}; infinite where the training diverged. */
  error: number;
}

/** What to train, and how: plain JSON. */
export interface FitChoice {
  /** For people, for instance `Fourier, sigma 8`. */
  name: string;
  /** What kind of network it is. */
  family: FitFamily;
  /** Its scale: sigma of `fourier` (cycles per unit), omega_0 of `siren`, the width of `gaussian`, octaves of `positional`. */
  value?: number;
  /** The network, of inputs and targets scaled by `inputs` and `outputs`: `(value - offset) / scale`. */
  spec: NetworkSpec;
  /** Of the model. */
  seed: number;
  /** How inputs are put on [-1, 1]. */
  inputs: FitScaling;
  /** How targets are put on a mean of 0 and a deviation of 1. */
  outputs: FitScaling;
  /** Options of the training, on all samples. */
  training: {
    loss: 'mse';
    /** Adam with the rate that did best. */
    optimizer: {
      type: 'adam';
      /** The best of those tried. */
      learningRate: number;
    };
    /** Of the whole training. */
    steps: number;
    /** Samples a step; default: all. */
    batchSize?: number;
  };
  /** Its error in the last round that it was in. */
  error: number;
}

/** What {@link adviseFeatures} found. */
export interface FitAdvice {
  /** Where the target's power lies. */
  spectrum: TargetSpectrum;
  /** What to know before trusting it: aliasing, noise, a budget that was cut. */
  warnings: string[];
  /** By error, the smallest first. */
  predictions: FitPrediction[];
  /** Of every training, round after round. */
  measurements: FitMeasurement[];
  /** The best of the last round. */
  choice: FitChoice;
  /** What the finalists (and ReLU on plain coordinates) made of `samples`, in the target's units `[samples, o]`. */
  outputs: {
    /** That of the candidate. */
    name: string;
    /** Steps of its training. */
    steps: number;
    /** As in `measurements`. */
    error: number;
    /** Its outputs at `samples`, in the target's units, `[samples, o]`. */
    values: NdArray;
  }[];
  /** Indices of the samples that were trained and validated on, and of those among them that only validated in the last round. */
  samples: number[];
  /** Indices of the samples that only validated. */
  validation: number[];
  /** What the budget paid for. */
  plan: FitPlan;
  /** Wall time. */
  seconds: number;
  /** Whether everything planned was done: then data, budget and seed fix the advice on every machine of one SIMD path. */
  complete: boolean;
}

const OPTIONS = ['budget', 'seed', 'hidden', 'steps', 'threads', 'signal', 'onProgress'] as const;

/** Milliseconds over its budget that a short plan may take: a machine that is busy for a moment does not change the choice. */
const grace = 5000;

/** Samples above which the advised training takes mini-batches. */
const wholeBatch = 16_384;

/**
 * Which network learns this target best: plain ReLU and tanh, Gaussian activations, positional encoding, Fourier features by sigma
 * and SIREN by omega_0. Every candidate's held-out error is predicted by its tangent kernel, without training; the best
 * predicted of every family and the next best ones are trained, in rounds from many and short to few and long, and
 * compared on validation samples, a fifth of those given. Whatever is to be tested on later must not be among them.
 *
 * The work is planned by counting operations: data, budget, seed, `hidden` and `steps` fix the choice, whatever the machine's
 * speed. A machine so slow that the plan takes half the budget more, and five seconds at least, ends early, which `complete` and a
 * warning say. Where samples are many, kernels and trainings see up to four neighbourhoods of them at full density.
 *
 * @throws `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NON_FINITE`, `ABORTED`
 * @example
 * const { choice } = await adviseFeatures({ x, y }, { budget: 10 });
 * const model = createModel(choice.spec, { seed: choice.seed });
 */
export async function adviseFeatures(data: FitData, options: AdviseOptions = {}): Promise<FitAdvice> {
  const given = checkOptions(options, OPTIONS);
  const { budget = 30, seed = 0, hidden = [256, 256, 256, 256], steps = 2000, signal, onProgress } = given;
  checkNumber(budget, 'budget', { above: 0 });
  checkInteger(seed, 'seed');
  checkInteger(steps, 'steps', 1);
  checkTask(given);
  const threads = checkThreads(given.threads);
  if (!Array.isArray(hidden) || hidden.length === 0) {
    throw invalidArgument(`hidden: expected a list of widths, got ${describe(hidden)}`);
  }
  for (const [i, width] of hidden.entries()) checkInteger(width, `hidden[${i}]`, 1);
  const started = performance.now();
  const scaled = scaleData(data);
  const [n = 0, input = 1] = scaled.x.shape;
  const output = scaled.y.shape[1] ?? 1;
  if (signal?.aborted) throw new FprincipleError('ABORTED', 'the advice was aborted', { cause: signal.reason });

  const spectrum = targetSpectrum(scaled.x, scaled.y);
  const candidates = fitCandidates({ input, output, hidden, seed, nyquist: spectrum.nyquist });
  const plan = planFit({
    samples: n,
    parameters: parameterCount(hidden, input, output),
    width: Math.max(...hidden),
    depth: hidden.length + 1,
    candidates: candidates.length,
    steps,
    budget,
  });

  const kernelRows = neighbourhoods(scaled.x, plan.kernelSamples, seed);
  const [kx, ky] = [rowsAt(scaled.x, kernelRows), rowsAt(scaled.y, kernelRows)];
  const predictions: (FitPrediction & { candidate: FitCandidate })[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const { name, family, value } = candidate;
    onProgress?.({ phase: 'predicting by kernels', done: i, total: candidates.length });
    const training = { samples: n, steps, seed, threads, ...(signal && { signal }) };
    const error = await predictedError(candidate, kx, ky, training);
    predictions.push({ name, family, ...(value !== undefined && { value }), error, candidate });
  }
  predictions.sort((a, b) => a.error - b.error);

  const samples = neighbourhoods(scaled.x, plan.samples, seed);
  const parts = rounds.map((_, round) => split(scaled, samples, seed, round));
  // A timer counts to 2^31 - 1 milliseconds, 24 days.
  const left = 1000 * budget + Math.max(500 * budget, grace) - (performance.now() - started);
  const limit = AbortSignal.timeout(Math.ceil(Math.min(2 ** 31 - 1, Math.max(1, left))));
  const verified = await verify(shortlist(predictions), parts, {
    seed,
    steps: plan.steps,
    threads,
    limit,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });

  const best = verified.best ?? {
    candidate: predictions[0]!.candidate,
    learningRate: 1e-3,
    error: predictions[0]!.error,
    score: Math.log(predictions[0]!.error),
  };
  const { name, family, value, spec } = best.candidate;
  const aliasing = aliasingWarning(spectrum);
  const warnings = [
    ...(aliasing === undefined ? [] : [aliasing]),
    ...(best.error > 0.7
      ? [
          'little is learnt: at held-out samples the best candidate errs by ' +
            `${best.error.toFixed(2)} of the target's standard deviation. Either the target is mostly noise, or it has too few samples.`,
        ]
      : []),
    ...(verified.complete
      ? []
      : [
          `cut short: this machine took much longer than the budget of ${budget} s, so that trainings that were ` +
            'planned were not done; another machine, or a larger budget, may choose otherwise.',
        ]),
  ];
  return {
    spectrum,
    warnings,
    predictions: predictions.map(({ candidate: _, ...prediction }) => prediction),
    measurements: verified.measurements,
    choice: {
      name,
      family,
      ...(value !== undefined && { value }),
      spec,
      seed,
      inputs: scaled.inputs,
      outputs: scaled.outputs,
      training: {
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: best.learningRate },
        steps,
        ...(n > wholeBatch && { batchSize: wholeBatch / 2 }),
      },
      error: best.error,
    },
    outputs: await outputsOf(verified.trained, rowsAt(scaled.x, samples), scaled, {
      ...(signal && { signal }),
      threads,
    }),
    samples,
    validation: parts.at(-1)?.validation ?? [],
    plan,
    seconds: (performance.now() - started) / 1000,
    complete: verified.complete,
  };
}

/** Weights and biases of the trunk; an encoding makes its first layer about as wide as the others. */
function parameterCount(hidden: readonly number[], input: number, output: number): number {
  const widths = [Math.max(input, hidden[0] ?? 1), ...hidden, output];
  return widths.slice(1).reduce((sum, width, i) => sum + width * ((widths[i] ?? 0) + 1), 0);
}

/** Samples as a round uses them. */
interface Parts {
  train: { x: NdArray; y: NdArray };
  held: { x: NdArray; y: NdArray };
  validation: number[];
}

/** Every round holds out another fifth, so that what one fifth happens to favour does not win them all. */
function split({ x, y }: ScaledData, samples: readonly number[], seed: number, round: number): Parts {
  const order = shuffled(samples.length, seed, 'fit validation');
  const count = Math.max(2, Math.round(samples.length / 5));
  const held = new Set(order.slice(round * count, (round + 1) * count).map((i) => samples[i] ?? 0));
  const training = samples.filter((i) => !held.has(i));
  const validation = samples.filter((i) => held.has(i));
  return {
    train: { x: rowsAt(x, training), y: rowsAt(y, training) },
    held: { x: rowsAt(x, validation), y: rowsAt(y, validation) },
    validation,
  };
}

/**
 * What is worth a training: every family that has no scale; of the others the best predicted scale with its neighbours. A kernel orders
 * the scales of Fourier features well, but networks learn features that their kernel at the start does not have, so that a sigma or an
 * omega_0 two octaves below the kernel's best is often the best one; of omega_0 the smallest ones are always tried: theirs is the error
 * that the kernel overrates most.
 */
function shortlist(
  predictions: readonly { family: FitFamily; value?: number; candidate: FitCandidate }[],
): FitCandidate[] {
  const chosen = predictions.filter(({ family, value }) => {
    const octaves = reach[family];
    const best = predictions.find((one) => one.family === family);
    if (!octaves || value === undefined || best?.value === undefined) return true;
    if (family === 'siren' && value <= smallOmega) return true;
    const away = Math.log2(value / best.value);
    return away >= octaves[0] && away <= octaves[1];
  });
  return chosen.slice(0, rounds[0]?.trainings).map(({ candidate }) => candidate);
}

/** Up to this omega_0 a SIREN is tried whatever its kernel says. */
const smallOmega = 10;
/** Octaves below and above the best predicted scale that are tried. */
const reach: Partial<Record<FitFamily, readonly [number, number]>> = { fourier: [-2, 1], siren: [-2, 1] };

/** Fewer held-out samples than these say little in one round alone: there the rounds count together. */
const fewHeld = 64;

/** A training of a round, and what it came to. */
interface Entry {
  candidate: FitCandidate;
  learningRate: number;
  error: number;
  /** What it is judged by, the smaller the better: of few held-out samples the mean logarithm of its errors in all rounds, else of the last. */
  score: number;
}
type Done = Entry & { steps: number; trained: Trained };

interface Verified {
  best?: Entry;
  measurements: FitMeasurement[];
  /** The last round's trainings, and the longest of ReLU. */
  trained: Done[];
  complete: boolean;
}

/** The rounds. */
async function verify(
  candidates: readonly FitCandidate[],
  parts: readonly Parts[],
  {
    seed,
    steps,
    threads,
    limit,
    signal,
    onProgress,
  }: Pick<AdviseOptions, 'signal' | 'onProgress'> & {
    seed: number;
    steps: number;
    threads: number | undefined;
    limit: AbortSignal;
  },
): Promise<Verified> {
  const middle = ({ rates }: FitCandidate): number => rates[Math.floor(rates.length / 2)] ?? 1e-3;
  let entries: Pick<Entry, 'candidate' | 'learningRate' | 'score'>[] = candidates.map((candidate) => ({
    candidate,
    learningRate: middle(candidate),
    score: 0,
  }));
  const measurements: FitMeasurement[] = [];
  let last: Done[] = [];
  let plain: Done | undefined;
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  for (const [i, { train, held }] of parts.entries()) {
    const share = rounds[i]?.share ?? 1;
    const count = Math.max(1, Math.round(share * steps));
    const phase = `round ${i + 1} of ${rounds.length}: ${entries.length} trainings of ${count} steps`;
    onProgress?.({ phase, done: 0, total: entries.length * count });
    let trained: Trained[];
    try {
      trained = await trainMany(
        entries.map(({ candidate, learningRate }) => ({
          spec: candidate.spec,
          optimizer: { type: 'adam', learningRate },
        })),
        {
          ...train,
          seed,
          loss: 'mse',
          steps: count,
          record: { at: [] },
          probes: { held: { type: 'outputs', points: held.x } },
          ...(threads !== undefined && { threads }),
          signal: either,
          ...(onProgress && { onProgress: ({ done, total }) => onProgress({ phase, done, total }) }),
        },
      );
    } catch (error) {
      if (error instanceof FprincipleError && error.code === 'ABORTED' && !signal?.aborted)
        return { ...leader(last), measurements, trained: shown(last, plain), complete: false };
      throw error;
    }
    last = entries.map((entry, j): Done => {
      const result = trained[j]!;
      const error = heldError(result, held.y);
      const together = (held.y.shape[0] ?? 0) < fewHeld;
      const score = together ? (i * entry.score + Math.log(error)) / (i + 1) : Math.log(error);
      return { ...entry, steps: count, trained: result, error, score };
    });
    for (const { candidate, learningRate, error } of last) {
      measurements.push({ name: candidate.name, learningRate, steps: count, round: i + 1, error });
    }
    last.sort((a, b) => a.score - b.score);
    plain = last.find(({ candidate }) => candidate.family === 'relu') ?? plain;
    const next = rounds[i + 1]?.trainings ?? 0;
    entries =
      i === 0
        ? last
            .flatMap(({ candidate, score }) =>
              candidate.rates.map((learningRate) => ({ candidate, learningRate, score })),
            )
            .slice(0, next)
        : last.slice(0, next);
  }
  return { ...leader(last), measurements, trained: shown(last, plain), complete: true };
}

const leader = ([best]: Done[]): Pick<Verified, 'best'> => (best && Number.isFinite(best.error) ? { best } : {});

/** Of each candidate the best training, and plain ReLU. */
const shown = (last: readonly Done[], plain: Done | undefined): Done[] => {
  const best = last.slice(0, rounds.at(-1)?.trainings);
  const finalists = best.filter((one, i, all) => all.findIndex((o) => o.candidate === one.candidate) === i);
  return plain && !finalists.some(({ candidate }) => candidate === plain.candidate) ? [...finalists, plain] : finalists;
};

function heldError({ history }: Trained, y: NdArray): number {
  if (history.stopReason === 'diverged') return Number.POSITIVE_INFINITY;
  const values = (history.probes.held as { values: NdArray }).values;
  const end = { data: values.data.slice(-y.data.length), shape: y.shape };
  return Math.sqrt(meanSquare(difference(y, end)));
}

async function outputsOf(
  trained: readonly Done[],
  x: NdArray,
  { outputs }: ScaledData,
  task: { signal?: AbortSignal; threads: number | undefined },
): Promise<FitAdvice['outputs']> {
  const all: FitAdvice['outputs'] = [];
  for (const {
    candidate,
    steps,
    error,
    trained: { parameters, history },
  } of trained) {
    if (history.stopReason === 'diverged') continue;
    const model = createModel(candidate.spec, { seed: 0 });
    model.setParameters(parameters);
    const { threads, ...rest } = task;
    const values = await model.predict(x, { ...rest, ...(threads !== undefined && { threads }) });
    all.push({ name: candidate.name, steps, error, values: unscaled(values, outputs) });
  }
  return all;
}
