/** What is measured during a training. */
import type { ArrayInput, NdArray } from '../../core/ndarray.js';

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
