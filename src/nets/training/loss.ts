/** What a training lowers. */
import type { ArrayInput } from '../../core/ndarray.js';
import type { ResidualLoss, RitzLoss } from './equation-loss.js';
import type { ExpressionLoss } from './formula.js';

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
