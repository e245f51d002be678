/** Losses and penalties that are formulas of outputs or of parameters. */
import type { ArrayInput } from '../../core/ndarray.js';

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
