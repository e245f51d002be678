/** The amplitude spectrum. */

import { call } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { required, requireOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import type { ThreadOptions } from './options.js';
import { checkRate, type WindowSpec, windowParts } from './window.js';

/** Sample rate and window of `amplitudeSpectrum`. */
export interface AmplitudeSpectrumOptions extends ThreadOptions {
  /** Samples per unit of time. */
  sampleRate: number;
  /** `rectangular` by default: exact for tones on the grid of frequencies; `flattop` for amplitudes of any tone. */
  window?: WindowSpec;
}

/** A single-sided spectrum of real signals. */
export interface AmplitudeSpectrum {
  /** `[floor(n / 2) + 1]`, in cycles per unit of time. */
  frequency: NdArray;
  /** `[..., floor(n / 2) + 1]`: a in `a cos(2 pi f t + phase)`. */
  amplitude: NdArray;
  /** In radians, that of `a cos(2 pi f t + phase)`. */
  phase: NdArray;
}

/**
 * Single-sided amplitude spectrum of the last axis, divided by the window's coherent gain, so that a tone on the grid of
 * frequencies shows its true amplitude (Harris, Proc. IEEE 66, 1978). O(N log N).
 *
 * @example
 * const wave = Array.from({ length: 8 }, (_, i) => 3 * Math.sin((2 * Math.PI * i) / 8));
 * amplitudeSpectrum(wave, { sampleRate: 8 }).amplitude; // => [0, 3, 0, 0, 0]
 *
 * @param x `[..., n]`, real
 * @returns frequencies `[floor(n / 2) + 1]` in cycles per unit of time, amplitudes and phases
 * `[..., floor(n / 2) + 1]` in units of x and radians
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`, `INVALID_ARGUMENT` for the window or the sample rate
 */
export function amplitudeSpectrum(x: ArrayInput, options: AmplitudeSpectrumOptions): AmplitudeSpectrum {
  const array = toNdArray(x, 'x');
  const { sampleRate, window = 'rectangular', threads } = requireOptions(options, ['sampleRate', 'window', 'threads']);
  checkThreads(threads);
  checkRate(required(sampleRate, 'sampleRate'));
  const { name, beta } = windowParts(window);
  return call((addon) => addon.spectrumAmplitude(array, sampleRate, name, beta, threads));
}
