/** What is asked of the weights beside the loss. */

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
