/** Windows. */

import { call } from '../core/native.js';
import type { NdArray } from '../core/ndarray.js';
import {
  checkChoice,
  checkFlag,
  checkInteger,
  checkNumber,
  checkOptions,
  required,
  requireOptions,
} from '../core/options.js';

const WINDOWS = ['rectangular', 'hann', 'hamming', 'blackman', 'flattop', 'kaiser'] as const;
/** Names of the windows. */
export type WindowName = (typeof WINDOWS)[number];

/** A window's name; Kaiser's with its beta (8.6 by default, like Blackman). */
export type WindowSpec =
  | WindowName
  | {
      type: 'kaiser';
      /** Shape parameter: the larger, the wider the main lobe and the lower the others. */
      beta: number;
    };

/** Kaiser's parameter where none is given. */
const BETA = 8.6;

/** A window's name and parameter, as the addon takes them. */
export function windowParts(spec: WindowSpec): { name: string; beta: number } {
  if (typeof spec === 'string') return { name: checkChoice(spec, WINDOWS, 'window'), beta: BETA };
  const { type, beta = BETA } = requireOptions(spec, ['type', 'beta'], 'window');
  checkChoice(required(type, 'window.type'), ['kaiser'], 'window.type');
  return { name: type, beta: checkNumber(beta, 'window.beta', { least: 0, most: 700 }) };
}

/** A window's samples, and what it does to tones and to noise. */
export interface Window {
  /** Its samples, `[n]`. */
  values: NdArray;
  /** The mean: what the window scales a tone by. */
  coherentGain: number;
  /** Width, in DFT bins, of the rectangular filter that lets as much noise through. */
  noiseBandwidth: number;
}

/** Which ends a window has. */
export interface WindowOptions {
  /** Both ends alike, for filters; false by default: periodic, for spectra. */
  symmetric?: boolean;
}

/**
 * A window, periodic unless `symmetric` (as `scipy.signal.get_window` with `fftbins`); unscaled, its largest value is 1 (Harris,
 * Proc. IEEE 66, 1978; flat-top: the five terms of MATLAB and SciPy). O(n).
 *
 * @example
 * spectrumWindow('hann', 4).values; // => [0, 0.5, 1, 0.5]
 *
 * @param spec its name, or Kaiser's with a beta from 0 to 700
 * @param n number of points
 * @returns values `[n]`, f64, without unit, and the two gains
 * @throws `INVALID_ARGUMENT` for a name, an n or a beta that makes no window, `OVER_MEMORY_LIMIT` above 2^30 points
 */
export function spectrumWindow(spec: WindowSpec, n: number, options?: WindowOptions): Window {
  const { name, beta } = windowParts(spec);
  const { symmetric = false } = checkOptions(options, ['symmetric']);
  checkFlag(symmetric, 'symmetric');
  checkInteger(required(n, 'n'), 'n', 1);
  return call((addon) => addon.spectrumWindow(name, n, beta, symmetric));
}

/** Samples per unit of time: a number above 0 whose inverse is a number, too. */
export function checkRate(sampleRate: number): void {
  checkNumber(sampleRate, 'sampleRate', { least: 1e-300 });
}
