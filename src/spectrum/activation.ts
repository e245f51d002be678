/** What an activation does to a tone and to noise, by its name. */

import { invalidArgument } from '../core/errors.js';
import { call } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import {
  checkChoice,
  checkInteger,
  checkNumber,
  checkOptions,
  required,
  requireObject,
  requireOptions,
} from '../core/options.js';
import type { ActivationName, ActivationSpec } from '../nets/activation.js';
import { toJson } from '../nets/json.js';
import { type DecayFit, type DecayLaw, fitDecay } from './decay.js';
import { gaussianNoise, type Harmonics, harmonics, tone } from './harmonics.js';
import { type PowerDensity, welch } from './short-time.js';

/** An activation of a network: its name, or its description where it has parameters. */
export type ActivationInput = ActivationName | ActivationSpec;

/**
 * The activation of every value, as a network has it. O(n).
 *
 * @example
 * activate('relu', [-1, 2]); // => [0, 2]
 *
 * @param activation its name, or its description with parameters
 * @param x `[...]`, any shape
 * @returns of that shape, f64
 * @throws `INVALID_ARGUMENT` for an unknown activation, `INVALID_SHAPE` for an empty array, `NON_FINITE`
 */
export function activate(activation: ActivationInput, x: ArrayInput): NdArray {
  const array = toNdArray(x, 'x');
  const spec = typeof activation === 'string' ? { fn: activation } : requireObject(activation, 'activation');
  return call((addon) => addon.spectrumActivate(toJson(spec, 'activation'), array));
}

/** The sine that an activation is asked with. */
export interface ToneResponseOptions {
  /** Of the sine at the activation's input; 1 by default. */
  amplitude?: number;
  /** Samples of its period; 4096 by default. A corner in the activation aliases by about 1 / samples^2. */
  samples?: number;
  /** Harmonics read; 8 by default. */
  count?: number;
}

/**
 * Line spectrum of an activation's response to `amplitude sin(2 pi t)`: mean, tone, harmonics, and their share of the power
 * (scaled as {@link harmonics} has it: a cosine of amplitude a shows a). O(samples log samples). For ReLU and amplitude 1 the
 * closed form is mean 1/pi, tone 1/2, even harmonics `2 / (pi (k^2 - 1))`, share 15.93 %.
 * @param activation its name, or its description with parameters
 * @returns amplitudes `[count + 1]` in units of the activation's output, and the ratio
 * @throws `INVALID_ARGUMENT` for an unknown activation, an amplitude that is not finite, or more harmonics than the samples
 * show; `OVER_MEMORY_LIMIT`
 */
export function toneResponse(activation: ActivationInput, options?: ToneResponseOptions): Harmonics {
  const names = ['amplitude', 'samples', 'count'] as const;
  const { amplitude = 1, samples = 4096, count = 8 } = checkOptions(options, names);
  checkInteger(samples, 'samples', 1);
  return harmonics(activate(activation, tone(samples, { amplitude })), { count });
}

/** The Gaussian noise that an activation is asked with. */
export interface NoiseResponseOptions {
  /** Of the noise. */
  seed: number;
  /** What the noise is, `'noise'` by default, as {@link gaussianNoise} has it. */
  stream?: string;
  /** Standard deviation of the noise at the activation's input; 1 by default. */
  std?: number;
  /** 65,536 by default; gain and distortion are off by about 1 / sqrt samples. */
  samples?: number;
}

/** What an activation does to Gaussian noise. */
export interface NoiseResponse {
  /** Mean of the output. */
  mean: number;
  /** Of the part of the output that follows the input (Bussgang 1952): the mean of the activation's slope. */
  gain: number;
  /** Share of the output's variance that does not follow the input. */
  distortion: number;
  /** Power densities by Welch's method, frequency in cycles per sample. */
  input: PowerDensity;
  /** Power density of the output. */
  output: PowerDensity;
}

/**
 * Response of an activation to white Gaussian noise: its linear part by Bussgang's theorem (MIT RLE report 216, 1952), what is
 * left of its variance, and the power densities before and after, scaled as {@link welch} has them. O(samples).
 * @param activation its name, or its description with parameters
 * @returns mean in units of the activation's output, gain (output per input), distortion in [0, 1], densities `[129]` over
 * cycles per sample (fewer for less than 256 samples)
 * @throws `INVALID_ARGUMENT` for an unknown activation, a seed, stream, std or number of samples that make no noise; `OVER_MEMORY_LIMIT`
 */
export function noiseResponse(activation: ActivationInput, options: NoiseResponseOptions): NoiseResponse {
  const names = ['seed', 'stream', 'std', 'samples'] as const;
  const { seed, stream = 'noise', std = 1, samples = 65_536 } = requireOptions(options, names);
  checkInteger(samples, 'samples', 1);
  const noise = gaussianNoise(samples, { seed, stream, std });
  const output = activate(activation, noise);
  const parts = call((addon) => addon.spectrumNoiseResponse(noise, output));
  return { ...parts, input: welch(noise), output: welch(output) };
}

/** Which law is fitted to the harmonics of an activation, and to which of them. */
export interface DecayOptions extends Omit<ToneResponseOptions, 'count'> {
  /** `c k^-p` or `c exp(-p k)`. */
  law: DecayLaw;
  /** Highest harmonic of the fit; 32 by default. */
  highest?: number;
  /** Of the exponent's interval; 0.95 by default. */
  confidence?: number;
}

/**
 * The law by which an activation's harmonics of a tone fall: a power for one with a corner (ReLU: `2 / (pi (k^2 - 1))`, so
 * exponent 2), exponential for an analytic one. Fitted from harmonic 2 on to those above 1e-12 of the largest (a symmetry leaves
 * out every second one), by least squares of the logarithms as {@link fitDecay}. O(samples log samples).
 * @param activation its name, or its description with parameters
 * @returns exponent (per harmonic for the exponential law), its interval, and the coefficient in units of the activation's output
 * @throws `INVALID_ARGUMENT` for an unknown activation or law, or where fewer than three harmonics are left;
 * `OVER_MEMORY_LIMIT`
 */
export function harmonicDecay(activation: ActivationInput, options: DecayOptions): DecayFit {
  const names = ['law', 'amplitude', 'samples', 'highest', 'confidence'] as const;
  const { law, amplitude, samples, highest = 32, confidence = 0.95 } = requireOptions(options, names);
  checkChoice(required(law, 'law'), ['power', 'exponential'], 'law');
  checkNumber(confidence, 'confidence', { above: 0, below: 1 });
  checkInteger(highest, 'highest', 0, 2 ** 31);
  const { data } = toneResponse(activation, {
    count: highest,
    ...(amplitude !== undefined && { amplitude }),
    ...(samples !== undefined && { samples }),
  }).amplitude;
  const floor = 1e-12 * Math.max(...Array.from(data, Math.abs));
  const present = Array.from(data.keys()).filter((k) => k >= 2 && data[k]! > floor);
  if (present.length < 3) {
    const message = `expected at least 3 harmonics above rounding, got ${present.length}`;
    throw invalidArgument(`activation: ${message}`);
  }
  return fitDecay(
    present,
    present.map((k) => data[k] ?? 0),
    law,
    { confidence },
  );
}
