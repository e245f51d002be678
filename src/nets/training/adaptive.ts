/** What of a loss of equations changes between the steps of its training: weights of terms and of points, the points themselves. */

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
