/** The networks that the adviser compares: one trunk of dense layers under different encodings of the input and activations. */
import type { LayerSpec, NetworkSpec } from '../nets/spec.js';

/** What kind of network a candidate is. */
export type FitFamily = 'relu' | 'tanh' | 'gaussian' | 'positional' | 'fourier' | 'siren';

/** A network to try on a target, its inputs scaled to [-1, 1] along every axis. */
export interface FitCandidate {
  /** For people, for instance `Fourier, sigma 8`. */
  name: string;
  family: FitFamily;
  /** sigma of `fourier` (cycles per unit), omega_0 of `siren`, the width `a` of `gaussian`, the octaves of `positional`. */
  value?: number;
  /** Learning rates of Adam worth trying, ascending. */
  rates: readonly number[];
  spec: NetworkSpec;
}

/** Shape of the networks. */
export interface FitNetwork {
  /** Inputs and outputs. */
  input: number;
  output: number;
  /** Widths of the hidden layers. */
  hidden: readonly number[];
  /** Of drawn frequencies. */
  seed: number;
  /** Highest frequency worth encoding, cycles per unit: that of half the sampling rate. */
  nyquist: number;
}

const octaves = (first: number, count: number): number[] => Array.from({ length: count }, (_, j) => first * 2 ** j);
/** Standard deviations of Gaussian Fourier features, cycles per unit. */
export const sigmas = octaves(0.5, 8);
/** Frequencies omega_0 of a SIREN's first layer. */
export const omegas = octaves(5, 6);
/** Of a SIREN's other layers, as Sitzmann et al. (2020) have it: it acts on their learning rate alone, since their weights are drawn smaller by it. */
const hiddenOmega = 30;
const gaussianWidths = [0.05, 0.15];

const rates = [3e-4, 1e-3, 3e-3];
const sirenRates = [1e-4, 3e-4, 1e-3];

/**
 * Every candidate: ReLU (He's weights) and tanh (Glorot's) on the plain coordinates, Gaussian activations (Ramasinghe and Lucey
 * 2022), positional encoding by octaves up to Nyquist (Mildenhall et al. 2020), Gaussian Fourier features (Tancik et al. 2020),
 * sinusoidal networks (Sitzmann et al. 2020).
 */
export function fitCandidates(network: FitNetwork): FitCandidate[] {
  const { input, output, hidden, seed, nyquist } = network;
  const chain = (init: 'he' | 'glorot', activation: LayerSpec, first: LayerSpec[] = []): NetworkSpec => ({
    input,
    layers: [
      ...first,
      ...hidden.flatMap((units): LayerSpec[] => [{ type: 'dense', units, init }, activation]),
      { type: 'dense', units: output },
    ],
  });
  const relu: LayerSpec = { type: 'activation', fn: 'relu' };
  // As many features as the trunk is wide: sines and cosines of half as many frequencies.
  const count = Math.max(1, Math.round((hidden[0] ?? 2) / 2));
  const levels = Math.max(1, Math.floor(Math.log2(Math.max(2, 2 * nyquist))));
  const along = octaves(0.25, levels + 1).flatMap((frequency) =>
    Array.from({ length: input }, (_, axis) => Array.from({ length: input }, (_, i) => (i === axis ? frequency : 0))),
  );
  return [
    { name: 'ReLU', family: 'relu', rates, spec: chain('he', relu) },
    { name: 'tanh', family: 'tanh', rates, spec: chain('glorot', { type: 'activation', fn: 'tanh' }) },
    ...gaussianWidths.map(
      (a): FitCandidate => ({
        name: `Gaussian, a ${a}`,
        family: 'gaussian',
        value: a,
        rates,
        spec: chain('glorot', { type: 'activation', fn: 'gaussian', a }),
      }),
    ),
    {
      name: `positional, ${levels} octaves`,
      family: 'positional',
      value: levels,
      rates,
      spec: chain('he', relu, [{ type: 'fourierFeatures', frequencies: along }]),
    },
    ...sigmas.map(
      (scale): FitCandidate => ({
        name: `Fourier, sigma ${scale}`,
        family: 'fourier',
        value: scale,
        rates,
        spec: chain('he', relu, [
          { type: 'fourierFeatures', frequencies: { count, distribution: 'normal', scale, seed } },
        ]),
      }),
    ),
    ...omegas.map(
      (omega): FitCandidate => ({
        name: `SIREN, omega_0 ${omega}`,
        family: 'siren',
        value: omega,
        rates: sirenRates,
        spec: siren(network, omega),
      }),
    ),
  ];
}

function siren({ input, output, hidden }: FitNetwork, omega: number): NetworkSpec {
  return {
    input,
    layers: [
      ...hidden.flatMap((units, i): LayerSpec[] => [
        {
          type: 'dense',
          units,
          init: i === 0 ? { type: 'siren', omega, first: true } : { type: 'siren', omega: hiddenOmega },
        },
        { type: 'activation', fn: 'sin', omega: i === 0 ? omega : hiddenOmega },
      ]),
      { type: 'dense', units: output, init: { type: 'siren', omega: hiddenOmega } },
    ],
  };
}
