/** Losses of differential equations with their conditions. */
import type { ArrayInput } from '../../core/ndarray.js';
import type { CausalWeights, Resampling, TermBalance, TimeCurriculum } from './adaptive.js';
import type { FormulaParameters } from './formula.js';

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
 * The mean of an energy at the points `x` times `weight`, plus the conditions as for {@link ResidualLoss} (deep Ritz, E and Yu
 * 2018): of -Laplace u = s it is `(u_x^2 + u_y^2) / 2 - s * u`. Takes no `y`; can be negative.
 */
export interface RitzLoss extends EquationLoss {
  type: 'ritz';
  /** The formula whose mean is lowered. */
  energy: string;
}
