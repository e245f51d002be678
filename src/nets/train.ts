/** What is asked of a training, and what it gives. */
import type * as Bindings from '../../bindings/index.cjs';
import { type ErrorCode, FprincipleError, invalidArgument } from '../core/errors.js';
import type { TaskOptions } from '../core/native.js';
import { type ArrayInput, describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkFlag, checkInteger, requireObject, requireOptions } from '../core/options.js';
import { type SaveHistoryOptions, savable } from './recording.js';

/**
 * A factor of the learning rate by step. `warmup`: linear over so many steps first; the schedule begins after them, as PyTorch's
 * do after a `LinearLR` in a `SequentialLR`. So `cosine` reaches `last` after `warmup + steps` steps: in a training of 300 with a
 * warm-up of 20, `steps: 280` is the whole way.
 */
export type Schedule =
  | {
      type: 'constant';
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    }
  | {
      type: 'cosine';
      /** Length of the half wave, after the warm-up. */
      steps: number;
      /** The factor at its end. Default 0. */
      last?: number;
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    }
  | {
      type: 'step';
      /** Steps from one drop to the next. */
      every: number;
      /** Of a drop. */
      factor: number;
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    }
  | {
      type: 'exponential';
      /** Of every step. */
      factor: number;
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    };

interface Common {
  learningRate: number;
  schedule?: Schedule;
  /** By the Euclidean norm of the whole gradient, or by value. */
  clip?: { norm: number } | { value: number };
}

/** First-order optimisers as PyTorch defines them (weight decay is L2 for `sgd` and `adam`), and {@link MinimizerSpec}s. */
export type OptimizerSpec =
  | (Common &
      (
        | {
            type: 'sgd';
            /** Share of the last step's velocity that is kept. Default 0. */
            momentum?: number;
            /** Nesterov's form; needs a momentum. Default false. */
            nesterov?: boolean;
            /** An L2 penalty's factor. Default 0. */
            weightDecay?: number;
          }
        | {
            /** Weight decay is added to the gradient (`adam`) or taken off the weights (`adamw`). */
            type: 'adam' | 'adamw';
            /** Decay of the first moment, a step. Default 0.9. */
            beta1?: number;
            /** Decay of the second moment, a step. Default 0.999. */
            beta2?: number;
            /** Added to the root of the second moment. Default 1e-8. */
            epsilon?: number;
            /** Default 0; `adamw` 0.01. */
            weightDecay?: number;
          }
        | {
            type: 'rmsprop';
            /** Of the mean square, a step (PyTorch's `alpha`). Default 0.99. */
            decay?: number;
            /** Added to the root of the second moment. Default 1e-8. */
            epsilon?: number;
          }
      ))
  | MinimizerSpec;

/** Of a strong Wolfe search. */
interface WolfeSearch {
  /** Of sufficient decrease: f(t) <= f(0) + c1 t f'(0). Default 1e-4. */
  c1?: number;
  /** Of the slope: |f'(t)| <= c2 |f'(0)|. Default 0.9. */
  c2?: number;
  /** Evaluations of one search at most. Default 25. */
  maxEvaluations?: number;
}

/**
 * Minimisers of the whole batch's loss (no `batchSize`): one step is one accepted line search (`lbfgs`, `bfgs`), one sweep
 * over all directions (`powell`, some twenty evaluations a parameter) or one generation (`particleSwarm`). Where nothing
 * lower can be found, the training ends with `stopReason: 'converged'`.
 */
export type MinimizerSpec =
  /** Limited-memory BFGS (Liu and Nocedal 1989). `history`: pairs that are kept, default 10. */
  | ({
      type: 'lbfgs';
      /** Pairs of steps and gradients that are kept. Default 10. */
      history?: number;
    } & WolfeSearch)
  /** BFGS with the whole inverse Hessian: 8 bytes for the square of the number of parameters. */
  | ({ type: 'bfgs' } & WolfeSearch)
  /** Powell's direction set (1964), without derivatives. `tolerance`: of a line's minimum, relative, default 1e-3. */
  | {
      type: 'powell';
      /** Of a line's minimum, relative. Default 1e-3. */
      tolerance?: number;
    }
  /** With a global best (Kennedy and Eberhart 1995), without derivatives; the model has the best particle's parameters. */
  | {
      type: 'particleSwarm';
      /** Default 40. */
      particles?: number;
      /** Default 0.7298, and 1.49618 for both pulls (Clerc and Kennedy 2002). */
      inertia?: number;
      /** Pull of a particle's own best. */
      cognitive?: number;
      /** Pull of the swarm's best. */
      social?: number;
      /** Standard deviation of the first positions around the model's parameters. Default 1. */
      spread?: number;
    };

/** What a training lowers: a name, or a description with its weights and targets. */
export type LossSpec =
  | 'mse'
  | 'crossEntropy'
  | 'mae'
  | 'huber'
  | {
      /** By its name, as the text alone. */
      type: 'mse' | 'crossEntropy' | 'mae';
    }
  | {
      type: 'huber';
      /** Difference from which on it grows linearly. Default 1. */
      delta?: number;
    }
  /** One weight a sample or one a value: `[n]` or `[n, o]`. */
  | {
      type: 'weightedMse';
      /** `[n]` or `[n, o]`, one a sample or one a value. */
      weights: ArrayInput;
    }
  /** mse + weight (1) * mean over samples of |grad_x h - g|^2, summed over outputs; gradients `[n, d]` or `[n, o, d]`. */
  | {
      type: 'sobolev';
      /** By the inputs, `[n, d]` or `[n, o, d]`. */
      gradients: ArrayInput;
      /** Of the gradients' part. Default 1. */
      weight?: number;
    }
  | ExpressionLoss
  | SmoothnessLoss
  | PhaseContrastiveLoss
  | ResidualLoss
  | RitzLoss;

/**
 * mse + alpha * the mean over signals of `sum |Y_k|^2 over |f_k| > cutoff / 2` by `sum |Y_k|^2 over k != 0`, Y the DFT of a
 * signal: the share of its non-constant power beyond `cutoff` of Nyquist's frequency. The outputs are one row
 * (`[n, o]`). Records `parts.mse` and `parts.highFrequency` (the share, without alpha).
 */
export interface SmoothnessLoss {
  type: 'smoothness';
  /** Factor of the share, beside the mean squared error. */
  alpha: number;
  /** A fraction of Nyquist's frequency, between 0 and 1. Default 0.5. */
  cutoff?: number;
  /**
   * `samples` (default): each output over the samples in their order, which are equispaced points; takes all samples, or
   * batches with `shuffle: false`. `outputs`: the outputs of each sample are a signal.
   */
  along?: 'samples' | 'outputs';
}

/**
 * A contrastive loss by phases alone, without `y`: sample i of `x` and sample i of `views` are to have embeddings (the
 * network's outputs) whose DFTs have the same phases, all other pairs of the batch different ones. With the similarity
 * `s(u, v) = 1/d sum_k cos(arg U_k - arg V_k)`, the mean over pairs and both directions of
 * `-ln(exp(s(u_i, v_i) / temperature) / sum_j exp(s(u_i, v_j) / temperature))`. `batchSize` counts pairs.
 */
export interface PhaseContrastiveLoss {
  type: 'phaseContrastive';
  /** `[n, ...input]`, as many as `x`. */
  views: ArrayInput;
  /** Default 0.1. */
  temperature?: number;
}

/**
 * alpha * the sum over weights of the share of a weight's power at frequencies beyond `cutoff` of Nyquist's: of the
 * two-dimensional DFT of a dense weight `[out, in]`, of a convolution's kernels padded to at least 16 x 16. The length of the
 * frequency vector counts; independent entries have a share of `1 - pi cutoff^2 / 4`. Records `parts.task` (the loss
 * alone) and `parts.weightFrequency` (the sum of shares, without alpha).
 */
export interface WeightSpectrumPenalty {
  type: 'weightSpectrum';
  /** Factor of the sum of shares, beside the loss. */
  alpha: number;
  /** A fraction of Nyquist's frequency, between 0 and 1. Default 0.5. */
  cutoff?: number;
  /** Names such as `layers.0.weight`. Default: every dense layer's and convolution's weight. */
  parameters?: string[];
}

/**
 * Weights held at a spectral norm: each, as the matrix `[out, rest]`, is multiplied by `norm` over its largest singular
 * value before the first step, before every step whose number is a multiple of `every`, and at the end: a projection with
 * converged norms, where Miyato et al. (2018) divide inside the forward pass by an estimate. The optimiser's moments go on
 * undisturbed. Adam moves an `[m, n]` weight by up to `learningRate sqrt(m n)` a step in that norm: keep that times
 * `every` well under `norm`. A resumed training has the bits of one longer training where the cut is at a multiple of `every`.
 */
export interface SpectralNormConstraint {
  type: 'spectralNorm';
  /** Default 1. */
  norm?: number;
  /** Steps from one projection to the next. Default 1. */
  every?: number;
  /** Names such as `layers.0.weight`. Default: every weight. */
  parameters?: readonly string[];
}

/** Named numbers of a formula; those that are `trainable` begin with `value` and are trained with the network. */
export type FormulaParameters = Record<
  string,
  | number
  | {
      /** What it is, or begins with. */
      value: number;
      /** Whether it is trained with the network. Default false. */
      trainable?: boolean;
    }
>;

/**
 * A formula of one output `h`, its target `y` and the sample's inputs (`x`, or `x1`, `x2` and so on, or `variables`): its mean
 * over samples and outputs, times the weights. `y` is left out where the formula has none. Evaluated in f64.
 * What formulas can be made of: docs/your-own-equation.md.
 *
 * @example
 * const loss = { type: 'expression', loss: 'sqrt(1 + (h - y)^2) - 1' } as const;
 */
export interface ExpressionLoss {
  type: 'expression';
  /** The formula, such as `(h - y)^2`. */
  loss: string;
  /** One weight a sample or one a value: `[n]` or `[n, o]`. Default 1. */
  weights?: ArrayInput;
  /** Names of the inputs. */
  variables?: readonly string[];
  /** Coefficients of the formula, known or trained. */
  parameters?: FormulaParameters;
}

/** `alpha` times the sum of a formula of `w` over all numbers w of the parameters. Records `parts.task` and `parts.penalty`. */
export interface ExpressionPenalty {
  type: 'expression';
  /** Such as `abs(w)`. */
  penalty: string;
  /** Factor of the sum, beside the loss. */
  alpha: number;
  /** Names such as `layers.0.weight`. Default: all. */
  parameters?: readonly string[];
}

/**
 * What holds at some points: a formula that is zero there, or that something is the same at both ends of an input
 * (`periodic`), by default every output. A periodic condition's points are pairs that differ in that input alone, in any order,
 * or one point of each pair: its partner is `period` away, by default at the other end of the extent of all points.
 */
export interface EquationCondition {
  /** Where it holds, `[m, d]`. */
  points: ArrayInput;
  /** A formula that is zero at the points, or an input at whose ends something is the same. */
  equation:
    | string
    | {
        /** Name of that input. */
        periodic: string;
        /** What is the same at both ends, a formula such as `u_x`. Default: every output. */
        of?: string;
        /** In units of the input. Default: the extent of all points. */
        period?: number;
      };
  /** Default 1. */
  weight?: number;
  /** Lists `[m]` that the formula calls by their names, such as measurements. */
  data?: Record<string, ArrayInput>;
}

/** What losses of equations have in common. */
export interface EquationLoss {
  /** Names of the inputs. Default: `x`, or `x1`, `x2` and so on. */
  variables?: readonly string[];
  /** Names of the outputs. Default: `u`. */
  outputs?: readonly string[];
  /** Default 1. */
  weight?: number;
  /** Boundary, initial and periodic conditions: each adds its weight times the mean of its square at its points. */
  conditions?: readonly EquationCondition[];
  /** Coefficients of the formulas, known or trained. */
  parameters?: FormulaParameters;
  /** Lists `[n]` that the formulas at `x` call by their names. */
  data?: Record<string, ArrayInput>;
}

/**
 * An equation's residual (Raissi et al. 2019): `weight` times the mean of its square at the points `x`, plus the conditions; of
 * several `equations` the sum of these means. A formula is made of the outputs, their derivatives up to the third (`u_xt`), the
 * inputs and coefficients. Takes no `y`. Records `parts.equation` and `parts.conditions`, which add up to the loss, and
 * `terms`, each equation and condition by itself (weights included).
 *
 * @example
 * const loss = {
 *   type: 'residual',
 *   variables: ['x', 't'],
 *   equation: 'u_t + u * u_x - 0.05 * u_xx',
 *   conditions: [{ points: [[-1, 0], [0, 0], [1, 0]], equation: 'u + sin(pi * x)' }],
 * } as const;
 */
export interface ResidualLoss extends EquationLoss {
  type: 'residual';
  /** A formula that is to be zero at the points `x`. */
  equation?: string;
  /** Several of them, in place of `equation`. */
  equations?: readonly string[];
  /** Weights of the terms that are found during the training; default: they stay. */
  balance?: TermBalance;
  /** Points at which later times wait for earlier ones. */
  causal?: CausalWeights;
  /** Points up to a time that grows. */
  curriculum?: TimeCurriculum;
  /** Points that are drawn anew, in the box that `x` spans; not with `data` at these points. */
  resample?: Resampling;
}

/**
 * What the weight of each term is multiplied by, found anew each `every` (100) steps; a new factor counts `1 - momentum`, the one
 * before `momentum`. Of gradients of means with weight 1. Recorded as `history.weights`, by the names of `history.terms`. A
 * minimiser ({@link MinimizerSpec}) keeps the factors that it begins with.
 *
 * - `ntk` (Wang, Yu and Perdikaris 2022): `sum_j t_j / t_k`, t_k the mean over the term's points (at most `points`, 128, evenly
 *   chosen) of the squared gradient of its formula by the parameters, which is the trace of its tangent kernel by the number of
 *   points. `momentum` 0.
 * - `gradientNorm` (Wang, Teng and Perdikaris 2021): of each condition, `max |grad L_r| / mean |grad L_k|` over the parameters, L_r
 *   the sum of the equations, whose factor stays 1. `momentum` 0.9. Where a condition can be met to rounding, its gradient vanishes
 *   and its factor grows without bound.
 */
export type TermBalance =
  | {
      type: 'ntk';
      /** Steps from one look at the terms to the next. Default 100. */
      every?: number;
      /** Share of the factor before that is kept. Default 0. */
      momentum?: number;
      /** Points of a term that are looked at, at most. Default 128. */
      points?: number;
    }
  | {
      type: 'gradientNorm';
      /** Steps from one look at the terms to the next. Default 100. */
      every?: number;
      /** Share of the factor before that is kept. Default 0.9. */
      momentum?: number;
    };

/**
 * Causal weights (Wang, Sankaran and Perdikaris 2022): the extent of `variable` in `slices` (32) of equal length; a point of slice i
 * counts `exp(-epsilon * (L_0 + sum_{k<i} L_k))`, L_k the mean squared residual of slice k and L_0 the condition number `initial`
 * with its weight, at the parameters before each step. `history.weights.causal` is the smallest of them: all is learnt in time where
 * it is near 1. Needs all points in every step, and a forward pass more. With a minimiser every point counts 1.
 */
export interface CausalWeights {
  /** The input along which learning has to go, mostly time. */
  variable: string;
  /** Default 32. */
  slices?: number;
  /** Default 1. */
  epsilon?: number;
  /** The index of the initial condition in `conditions`. Default: none. */
  initial?: number;
}

/**
 * The points of the equations whose `variable` lies in the first part of its extent: `start` (0.1) of it at first, growing in
 * `stages` (10) equal ones to all of it at step `steps`. With a minimiser every point counts.
 */
export interface TimeCurriculum {
  /** The input whose extent grows, mostly time. */
  variable: string;
  /** The step from which on every point counts. */
  steps: number;
  /** Default 0.1. */
  start?: number;
  /** Default 10. */
  stages?: number;
}

/**
 * Every so many steps other points in the box that `x` spans, as many: `uniform`; `sobol`, the next ones of that sequence, shifted
 * at random; `residual`, out of `candidates` (4) times as many uniform ones with probabilities proportional to
 * `|r| / mean |r| + 1` (Wu et al. 2023). Drawn by the training's seed. A minimiser keeps the points that it begins with.
 */
export interface Resampling {
  /** Steps from one draw to the next. */
  every: number;
  /** How the points are drawn. */
  method: 'uniform' | 'sobol' | 'residual';
  /** Of `residual`: how many times as many points are drawn to choose from. Default 4. */
  candidates?: number;
}

/**
 * The mean of an energy at the points `x` times `weight`, plus the conditions as for {@link ResidualLoss} (deep Ritz, E and Yu
 * 2018): of -Laplace u = s it is `(u_x^2 + u_y^2) / 2 - s * u`. Takes no `y`; can be negative.
 */
export interface RitzLoss extends EquationLoss {
  type: 'ritz';
  /** The formula whose mean is lowered. */
  energy: string;
}

/** At which steps something is recorded. */
export type RecordSpec =
  | {
      /** Steps from one record to the next. */
      every: number;
    }
  | {
      /** The steps that are recorded, ascending. */
      at: number[];
    }
  | {
      /** How many records, evenly spaced in the steps' logarithm. */
      log: number;
    };

type Compared = {
  /** `complex`: |h_k - f_k| / |f_k| (default); `magnitude`: of absolute values. */
  compare?: 'complex' | 'magnitude';
};
type Transformed = {
  /** Compare outputs as they are (default) or as probabilities. */
  output?: 'raw' | 'softmax';
};

/** What is measured at every record of a training. */
export type ProbeSpec =
  | {
      type: 'outputs';
      /** Where the network is evaluated, `[n, ...input]`. */
      points: ArrayInput;
    }
  | ({
      type: 'spectrum';
      /** Where the network is evaluated, `[n, ...input]`. */
      points: ArrayInput;
      /** What it should be there, `[n, ...output]`. */
      target: ArrayInput;
      /** Cycles per unit of the points, `[k]` or `[k, d]`. */
      frequencies: ArrayInput;
    } & Compared &
      Transformed)
  | ({
      type: 'projection';
      /** Where the network is evaluated, `[n, ...input]`. */
      points: ArrayInput;
      /** What it should be there, `[n, ...output]`. */
      target: ArrayInput;
      /** Cycles per unit along the direction, `[k]`. */
      frequencies: ArrayInput;
      /** Default: the first principal component of the points. */
      direction?: ArrayInput;
    } & Compared &
      Transformed)
  | ({
      type: 'filter';
      /** Where the network is evaluated, `[n, ...input]`. */
      points: ArrayInput;
      /** What it should be there, `[n, ...output]`. */
      target: ArrayInput;
      /** Variances of the Gaussian filter, in squared units of the points. */
      deltas: number[];
    } & Transformed)
  | {
      type: 'image';
      /** Where the network is evaluated, `[n, ...input]`. */
      points: ArrayInput;
      /** What it should be there, `[n, ...output]`. */
      target: ArrayInput;
      /** Height and width in pixels: the points are their product, row by row. */
      size: [number, number];
      /** Largest value of a pixel, for the PSNR. Default 1. */
      peak?: number;
    }
  | {
      type: 'accuracy';
      /** Where the network is evaluated, `[n, ...input]`. */
      points: ArrayInput;
      /** Class indices `[n]`, or rows of probabilities. */
      labels: ArrayInput;
    }
  | { type: 'norms' }
  | {
      type: 'parameters';
      /** One of them. Default: all, flat. */
      parameter?: string;
    }
  | RankProbe
  /** The empirical NTK on some hundreds of points at most, its mean over outputs: a backward pass a point and output. */
  | {
      type: 'ntk';
      /** Where the network is evaluated, `[n, ...input]`. */
      points: ArrayInput;
    };

/**
 * How many directions a matrix uses, by its singular values s (descending) and p = s / sum s: effective rank
 * `exp(-sum p ln p)` (Roy and Vetterli 2007), stable rank `sum s^2 / s_1^2`; both 0 for zeros. The matrix is a parameter
 * `[first axis, all others]`, or the features `[n, width]` that a layer gives for `points`, their mean taken off.
 */
export type RankProbe =
  | {
      type: 'rank';
      /** Such as `layers.0.weight`. */
      parameter: string;
      /** Take the difference to the training's start instead. Default false. */
      change?: boolean;
    }
  | {
      type: 'rank';
      /** Its index in `layers`. */
      layer: number;
      /** Whose features are looked at, `[n, ...input]`. */
      points: ArrayInput;
    };

/** A probe's measurements by field, the first axis the records. */
export type ProbeFields<P extends ProbeSpec> = P extends { type: 'spectrum' | 'projection' }
  ? {
      /** By record and frequency, `[r, k]`. */
      relativeError: NdArray;
      /** Of the outputs' transform, `[r, k]`. */
      amplitude: NdArray;
    }
  : P extends { type: 'filter' }
    ? {
        /** Relative error of the low part, `[r, deltas]`. */
        low: NdArray;
        /** Relative error of the high part, `[r, deltas]`. */
        high: NdArray;
      }
    : P extends { type: 'image' }
      ? {
          /** Peak signal-to-noise ratio in decibels, `[r]`. */
          psnr: NdArray;
          /** Amplitude of the outputs by ring of radial frequency, `[r, rings, channels]`. */
          radial: NdArray;
        }
      : P extends { type: 'rank' }
        ? {
            /** Descending, `[r, values]`. */
            singularValues: NdArray;
            /** `exp(-sum p ln p)`, p = s / sum s, `[r]`. */
            effectiveRank: NdArray;
            /** `sum s^2 / s_1^2`, `[r]`. */
            stableRank: NdArray;
          }
        : P extends { type: 'ntk' }
          ? {
              /** The kernel, `[r, n, n]`. */
              values: NdArray;
              /** Descending, `[r, n]`. */
              eigenvalues: NdArray;
            }
          : {
              /** What was measured, the first axis the records. */
              values: NdArray;
            };

export type Probes = Record<string, ProbeSpec>;

/** What a training needs to go on where another ended: give it as `resume`. */
export interface TrainingState {
  /** Steps taken. */
  step: number;
  /** The optimiser's arrays: flat lists in the order of the parameters `[p]`, or several of them `[k, p]`. */
  moments: NdArray[];
  /** The trained coefficients of the loss. */
  coefficients?: Record<string, number>;
  /** The factors of the terms, where `balance` finds them. */
  weights?: Record<string, number>;
  /** The points, where `resample` has drawn others. */
  points?: NdArray;
}

/** Data, loss, optimiser and length of a training, and what it records. */
export interface TrainOptions<P extends Probes = Probes> extends Pick<TaskOptions, 'signal' | 'onProgress'> {
  /** `[n, ...input]`. */
  x: ArrayInput;
  /** `[n, ...output]`; for `crossEntropy` also class indices `[n]`; left out with a `residual`, `ritz` or `phaseContrastive` loss. */
  y?: ArrayInput;
  /** What is lowered: its name, or its description. */
  loss: LossSpec;
  /** Added to the loss. */
  penalty?: WeightSpectrumPenalty | ExpressionPenalty;
  /** Kept by projection between steps; with first-order optimisers, on the CPU. */
  constraint?: SpectralNormConstraint;
  /** How it is lowered, with the learning rate. */
  optimizer: OptimizerSpec;
  /** Updates of the parameters, beyond those of `resume`. */
  steps: number;
  /** What follows after `steps` steps: `lbfgs` or `bfgs` on all samples, so many steps at most (no `batchSize`). */
  finish?: {
    /** The minimiser, with its own options. */
    optimizer: Extract<MinimizerSpec, { type: 'lbfgs' | 'bfgs' }>;
    /** Of the minimiser, at most. */
    steps: number;
  };
  /** Default: all samples. */
  batchSize?: number;
  /** Whether mini-batches come in a random order. Default true. */
  shuffle?: boolean;
  /** Of the batches' order. Default: the model's. */
  seed?: number;
  /** Default: every step. */
  record?: RecordSpec;
  /** What is measured at every record, by names of your own. */
  probes?: P;
  /** Default: all cores. The bits do not depend on it. */
  threads?: number;
  /** Bytes that the run may take, else `OVER_MEMORY_LIMIT`. Default: what the machine has free. */
  memoryLimit?: number;
  /** The `state` of an earlier training: same bits as one longer training. */
  resume?: TrainingState;
}

/** The names of {@link TrainOptions}, all of them by this type. */
const NAMES: Record<keyof TrainOptions, true> = {
  x: true,
  y: true,
  loss: true,
  penalty: true,
  constraint: true,
  optimizer: true,
  steps: true,
  finish: true,
  batchSize: true,
  shuffle: true,
  seed: true,
  record: true,
  probes: true,
  threads: true,
  memoryLimit: true,
  resume: true,
  signal: true,
  onProgress: true,
};
export const TRAIN_OPTIONS = Object.keys(NAMES) as (keyof TrainOptions)[];

/** What a training recorded, and why it stopped. */
export interface TrainingHistory<P extends Probes = Probes> {
  /** The recorded steps, counted from 0; last the state after the last update. */
  steps: number[];
  /** Before the update of each recorded step, over its batch; the last over all data. */
  loss: number[];
  /**
   * What the loss was made of, by name, at each record: of the losses and penalties that say so (on the CPU a `residual` loss
   * `equation` and `conditions`, `ritz` `energy` and `conditions`, weights included); else empty.
   */
  parts: Record<string, number[]>;
  /**
   * The terms of a loss of equations at each record, weights included: `equation` (`equations.0`, `energy`), `conditions.0` and
   * so on. They add up to the loss. Empty for a loss of one term.
   */
  terms: Record<string, number[]>;
  /**
   * What `balance` multiplied the weight of each term by, and as `causal` the smallest causal weight, at each record; empty where
   * the loss has neither.
   */
  weights: Record<string, number[]>;
  /** The trained coefficients of the loss at each record, by name. */
  coefficients: Record<string, number[]>;
  /** Measurements by the names of the probes, then by field; the first axis is the records. */
  probes: { [K in keyof P]: ProbeFields<P[K]> };
  /**
   * `converged`: a {@link MinimizerSpec} finds nothing lower. `aborted` only within the `history` of an `ABORTED` error. `stopped`:
   * the loop over `model.steps` was left.
   */
  stopReason: 'completed' | 'converged' | 'diverged' | 'aborted' | 'stopped';
  /** From which another training goes on. */
  state: TrainingState;
  /** The SIMD path that computed it; `candle-cuda` on a GPU. */
  simdPath: string;
  /**
   * Writes steps, points, outputs, target and loss to an `.npz` file that `fprinciple measure` reads, and the frequencies of a
   * spectrum probe at the same points. Needs an `outputs` probe.
   * @throws `INVALID_ARGUMENT` without such a probe, or a target at its points; `IO`
   */
  save(path: string, options?: SaveHistoryOptions): void;
}

/** What was recorded at one step, before its update; `done`: after the last one. */
export interface TrainingRecord<P extends Probes = Probes> {
  /** Counted from 0, as in {@link TrainingHistory.steps}. */
  step: number;
  /** Before the update of that step, over its batch. */
  loss: number;
  /** As {@link TrainingHistory} has them, at this record. */
  parts: Record<string, number>;
  /** Terms of a loss of equations, by name; else empty. */
  terms: Record<string, number>;
  /** Factors of the terms, where they are found during the training, by name; else empty. */
  weights: Record<string, number>;
  /** Trained coefficients of the loss, by name; else empty. */
  coefficients: Record<string, number>;
  /** The probes' measurements, the first axis of length 1. */
  probes: { [K in keyof P]: ProbeFields<P[K]> };
  /** Whether it is the last one, of the state after the last update. */
  done: boolean;
}

/** `ABORTED`, with what was recorded up to then. */
export class TrainingAborted extends FprincipleError {
  constructor(
    readonly history: TrainingHistory,
    options?: ErrorOptions,
  ) {
    super('ABORTED' satisfies ErrorCode, 'the training was aborted; error.history holds what was recorded', options);
  }
}

/** An array by all the names under which the addon asks for it. */
export type NamedArray = Bindings.JsNamed;

/** Collects arrays, each object once, whatever number of names it has. */
export class ArrayCollector {
  readonly #seen = new Map<unknown, NamedArray>();

  add(name: string, input: ArrayInput): void {
    const array = toNdArray(input, name);
    // The same numbers under another shape are another array.
    const key = typeof input === 'object' && input !== null && 'data' in input ? input.data : input;
    const known = this.#seen.get(key);
    if (known && String(array.shape) === String(known.array.shape)) {
      known.names.push(name);
      return;
    }
    this.#seen.set(known ? Symbol(name) : key, { names: [name], array });
  }

  get arrays(): NamedArray[] {
    return [...this.#seen.values()];
  }
}

const LOSS_ARRAYS = new Set(['weights', 'gradients', 'views']);
const CONDITION_ARRAYS = new Set(['points']);
const PROBE_ARRAYS = new Set(['points', 'target', 'frequencies', 'direction', 'labels']);

/** The options as the addon takes them: JSON for what is small, arrays by name for the rest. */
export function toNative(options: Partial<TrainOptions>, collector: ArrayCollector): Record<string, unknown> {
  const { x, y, loss, probes, resume, signal: _, onProgress: __, threads: ___, ...rest } = options;
  const config: Record<string, unknown> = { ...rest };
  if (x !== undefined) collector.add('x', x);
  if (y !== undefined) collector.add('y', y);
  if (loss !== undefined) config.loss = lossConfig(loss, collector);
  if (probes !== undefined) {
    const entries = Object.entries(record(probes, 'probes')).map(([name, probe]) => [
      name,
      split(record(probe, `probes.${name}`), `probes.${name}`, PROBE_ARRAYS, collector),
    ]);
    config.probes = Object.fromEntries(entries);
  }
  if (resume !== undefined) {
    const { step, moments, coefficients, weights, points } = requireOptions(
      record(resume, 'resume'),
      ['step', 'moments', 'coefficients', 'weights', 'points'],
      'resume',
    );
    if (!(typeof step === 'number' && Number.isSafeInteger(step) && step >= 0 && Array.isArray(moments))) {
      throw invalidArgument('resume: expected the state of an earlier training, { step, moments }');
    }
    config.resumeStep = step;
    if (coefficients !== undefined && Object.keys(record(coefficients, 'resume.coefficients')).length > 0) {
      config.resumeCoefficients = coefficients;
    }
    if (weights !== undefined) config.resumeWeights = record(weights, 'resume.weights');
    if (points !== undefined) collector.add('resume.points', points as NdArray);
    moments.forEach((moment, index) => {
      collector.add(`resume.moments.${index}`, moment);
    });
  }
  return config;
}

function lossConfig(loss: LossSpec, collector: ArrayCollector): unknown {
  if (typeof loss !== 'object' || loss === null) return loss;
  const config = known(split(loss, 'loss', LOSS_ARRAYS, collector), 'loss', collector);
  if (Array.isArray(config.conditions)) {
    config.conditions = config.conditions.map((condition: unknown, index) => {
      const place = `loss.conditions.${index}`;
      return known(split(record(condition, place), place, CONDITION_ARRAYS, collector), place, collector);
    });
  }
  return config;
}

/** What is known at points, by name: the names stay, the arrays are collected. */
function known(config: Record<string, unknown>, place: string, collector: ArrayCollector): Record<string, unknown> {
  if (config.data === undefined) return config;
  const data = Object.entries(record(config.data, `${place}.data`));
  for (const [name, values] of data) collector.add(`${place}.data.${name}`, values as ArrayInput);
  return { ...config, data: data.map(([name]) => name) };
}

function split(object: object, place: string, arrays: Set<string>, collector: ArrayCollector): Record<string, unknown> {
  // A map, and not assignments: a key may be called __proto__.
  const plain = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    if (!arrays.has(key)) plain.set(key, value);
    else if (value !== undefined) collector.add(`${place}.${key}`, value as ArrayInput);
  }
  return Object.fromEntries(plain);
}

export const record = (value: unknown, name: string): Record<string, unknown> =>
  requireObject(value, name) as Record<string, unknown>;

const byName = (parts: Bindings.JsPart[]): Record<string, number[]> =>
  Object.fromEntries(parts.map(({ name, values }) => [name, values]));

/** The only value under each name. */
const lastByName = (parts: Bindings.JsPart[]): Record<string, number> =>
  Object.fromEntries(parts.map(({ name, values }) => [name, values.at(-1) ?? Number.NaN]));

/** The last record of a history, of a training that is `done` or goes on. */
export function lastRecord<P extends Probes>(history: Bindings.JsHistory, done: boolean): TrainingRecord<P> {
  const probe = ({ name, fields }: Bindings.JsSeries) => [
    name,
    Object.fromEntries(fields.map(({ name, array }) => [name, lastRow(array)])),
  ];
  return {
    step: history.steps.at(-1) ?? 0,
    loss: history.loss.at(-1) ?? Number.NaN,
    parts: lastByName(history.parts),
    terms: lastByName(history.terms),
    weights: lastByName(history.weights),
    coefficients: lastByName(history.coefficients),
    probes: Object.fromEntries(history.probes.map(probe)) as TrainingRecord<P>['probes'],
    done,
  };
}

const lastRow = ({ data, shape: [n = 1, ...rest] }: Bindings.JsArray): NdArray => ({
  data: data.slice(data.length - data.length / n),
  shape: [1, ...rest],
});

/** @param options of the training, which know what its outputs should be */
export function fromNative<P extends Probes>(
  history: Bindings.JsHistory,
  options: Partial<TrainOptions<P>>,
): TrainingHistory<P> {
  const fields = (series: Bindings.JsSeries) =>
    Object.fromEntries(series.fields.map(({ name, array }) => [name, array]));
  const data = {
    steps: history.steps,
    loss: history.loss,
    parts: byName(history.parts),
    terms: byName(history.terms),
    weights: byName(history.weights),
    coefficients: byName(history.coefficients),
    probes: Object.fromEntries(
      history.probes.map((series) => [series.name, fields(series)]),
    ) as TrainingHistory<P>['probes'],
    stopReason: history.stopReason as TrainingHistory['stopReason'],
    state: {
      step: history.step,
      moments: history.moments,
      ...(history.lastCoefficients.length > 0 && {
        coefficients: lastByName(history.lastCoefficients),
      }),
      ...(history.lastWeights.length > 0 && { weights: lastByName(history.lastWeights) }),
      ...(history.points && { points: history.points }),
    },
    simdPath: history.simdPath,
  };
  return savable(data, options as Partial<TrainOptions>) as TrainingHistory<P>;
}

/**
 * Checks what the engine would count differently: its integers are as JSON has them. What is missing, the engine says.
 * @param place before the names in a message, such as `runs[2].`
 */
export function checkTraining<T extends Partial<TrainOptions>>(options: T, place = ''): T {
  const { steps, finish, batchSize, shuffle, seed, memoryLimit } = options;
  checkInteger(steps, `${place}steps`, 1);
  if (finish !== undefined) {
    const { steps: more } = requireOptions(finish, ['optimizer', 'steps'], `${place}finish`);
    checkInteger(more, `${place}finish.steps`, 1);
  }
  checkInteger(batchSize, `${place}batchSize`, 1);
  checkFlag(shuffle, `${place}shuffle`);
  checkInteger(seed, `${place}seed`);
  checkInteger(memoryLimit, `${place}memoryLimit`, 1);
  return options;
}

export function checkSeed(seed: unknown, name = 'seed'): number {
  if (Number.isSafeInteger(seed) && (seed as number) >= 0) return seed as number;
  throw invalidArgument(`${name}: expected a non-negative integer, got ${describe(seed)}`);
}
