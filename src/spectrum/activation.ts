/** What an activation does to a tone and to noise, by its name. */

import { invalidArgument } from '../errors.js';
import { call } from '../native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../ndarray.js';
import type { ActivationName, ActivationSpec } from '../nets/spec.js';
import { type DecayLawFit, fitDecayLaw, gaussianNoise, type Harmonics, harmonics, tone } from './bands.js';
import { type PowerDensity, welch } from './tools.js';

/** An activation of a network: its name, or its description where it has parameters. */
export type ActivationInput = ActivationName | ActivationSpec;

/**
 * The activation of every value, in f64, of the shape of `x`.
 * @throws `INVALID_ARGUMENT` for an unknown activation, `NON_FINITE`
 */
export function activate(activation: ActivationInput, x: ArrayInput): NdArray {
  const array = toNdArray(x, 'x');
  const spec = typeof activation === 'string' ? { fn: activation } : activation;
  return call((addon) => addon.spectrumActivate(JSON.stringify(spec), array));
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

/** Line spectrum of an activation's response to `amplitude sin(2 pi t)`: mean, tone, harmonics, and their share of the power. */
export function toneResponse(
  activation: ActivationInput,
  { amplitude = 1, samples = 4096, count = 8 }: ToneResponseOptions = {},
): Harmonics {
  return harmonics(activate(activation, tone(samples, { amplitude })), { count });
}

/** The Gaussian noise that an activation is asked with. */
export interface NoiseResponseOptions {
  /** Of the noise. */
  seed: number;
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
  output: PowerDensity;
}

/** Response of an activation to white Gaussian noise. */
export function noiseResponse(
  activation: ActivationInput,
  { seed, std = 1, samples = 65_536 }: NoiseResponseOptions,
): NoiseResponse {
  const noise = gaussianNoise(samples, { seed, std });
  const output = activate(activation, noise);
  const parts = call((addon) => addon.spectrumNoiseResponse(noise, output));
  return { ...parts, input: welch(noise), output: welch(output) };
}

/** Which law is fitted to the harmonics of an activation, and to which of them. */
export interface DecayOptions extends Omit<ToneResponseOptions, 'count'> {
  /** `c k^-p` or `c exp(-p k)`. */
  law: 'power' | 'exponential';
  /** Highest harmonic of the fit; 32 by default. */
  highest?: number;
  /** Of the rate's interval; 0.95 by default. */
  confidence?: number;
}

/**
 * The law by which an activation's harmonics of a tone fall: a power for one with a corner (ReLU: `2 / (pi (k^2 - 1))`, so
 * rate 2), exponential for an analytic one. Fitted from harmonic 2 on to those above 1e-12 of the largest (a symmetry leaves
 * out every second one).
 * @throws `INVALID_SHAPE` where fewer than three harmonics are left
 */
export function harmonicDecay(
  activation: ActivationInput,
  { law, amplitude, samples, highest = 32, confidence = 0.95 }: DecayOptions,
): DecayLawFit {
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
  return fitDecayLaw(
    present,
    present.map((k) => data[k]!),
    { law, confidence },
  );
}
