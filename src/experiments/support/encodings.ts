/** Networks of a coordinate in [-1, 1] by how they see it, at any scale, of equal size. */
import type { ActivationSpec, LayerSpec, NetworkSpec } from '../../nets/index.js';

/** Encodings by their names. */
export const encodings = {
  relu: 'ReLU',
  hat: 'hat',
  gaussian: 'Gaussian',
  siren: 'SIREN',
  finer: 'FINER',
  wire: 'WIRE',
  fourier: 'Fourier features',
  grids: 'grids of values',
} as const;
export type Encoding = keyof typeof encodings;

type Init = Extract<LayerSpec, { type: 'dense' }>['init'];

/** Two dense layers with an activation after each, then one output. */
const twice = (width: number, between: readonly LayerSpec[], inits: readonly [Init, Init]): LayerSpec[] => [
  ...inits.flatMap((init): LayerSpec[] => [{ type: 'dense', units: width, ...(init && { init }) }, ...between]),
  { type: 'dense', units: 1 },
];

/** One ReLU layer behind features, then one output. */
const behind = (features: LayerSpec, width: number): LayerSpec[] => [
  features,
  { type: 'dense', units: width, init: 'he' },
  activation({ fn: 'relu' }),
  { type: 'dense', units: 1 },
];

const activation = (spec: ActivationSpec): LayerSpec => ({ type: 'activation', ...spec });

/** The values of hats of height 1 at the corners of grids of 2, 4, ... `finest` intervals: a dense layer gives every corner its own. */
export function gridHats(finest: number): LayerSpec {
  const f: string[] = [];
  for (let count = 2; count <= finest; count *= 2)
    for (let j = 0; j <= count; j++) f.push(`relu(1 - abs(${count / 2} * (x + 1) - ${j}))`);
  return { type: 'transform', variables: ['x'], f };
}

/**
 * `scale` multiplies what the encoding's authors choose, here for six tones up to 24 periods: omega of SIREN and FINER (30), omega and
 * the width s of WIRE (20 and 10), 1 / a of Gaussians (10), the slope of hats (8), the standard deviation of Fourier features (8
 * cycles per unit), the intervals of the finest grid (64). ReLU has none.
 */
function layersOf(encoding: Encoding, scale: number, width: number): LayerSpec[] {
  const omega = 30 * scale;
  const siren = [
    { type: 'siren', omega, first: true },
    { type: 'siren', omega },
  ] as const;
  switch (encoding) {
    case 'relu':
      return twice(width, [activation({ fn: 'relu' })], ['pytorch', 'he']);
    case 'hat':
      return twice(width, [{ type: 'scale', factor: 8 * scale }, activation({ fn: 'hat' })], ['pytorch', 'pytorch']);
    case 'gaussian':
      return twice(width, [activation({ fn: 'gaussian', a: 0.1 / scale })], ['pytorch', 'pytorch']);
    case 'siren':
      return twice(width, [activation({ fn: 'sin', omega })], siren);
    case 'finer': {
      const f = 'sin(omega * (abs(x) + 1) * x)';
      return twice(width, [activation({ fn: 'expression', f, parameters: { omega } })], siren);
    }
    case 'wire': {
      const wavelet = { f: 'cos(omega * x) * exp(-(s * x)^2)', parameters: { omega: 20 * scale, s: 10 * scale } };
      return twice(width, [activation({ fn: 'expression', ...wavelet })], ['pytorch', 'pytorch']);
    }
    case 'fourier': {
      const count = Math.max(1, Math.round(width / 2));
      return behind({ type: 'fourierFeatures', frequencies: { count, scale: 8 * scale } }, width);
    }
    case 'grids':
      return behind(gridHats(Math.max(2, 64 * scale)), width);
  }
}

/** Numbers that are trained in a chain of these layers. */
export function trainedNumbers({ input, layers }: NetworkSpec): number {
  let size = Number(input);
  let count = 0;
  for (const layer of layers) {
    if (layer.type === 'dense') {
      count += layer.units * (size + 1);
      size = layer.units;
    } else if (layer.type === 'fourierFeatures' && !Array.isArray(layer.frequencies)) {
      size = 2 * layer.frequencies.count;
    } else if (layer.type === 'transform') {
      size = layer.f.length;
    }
  }
  return count;
}

/** The widest network with the encoding that has at most `budget` trained numbers. */
export function encodingNetwork(encoding: Encoding, scale: number, budget: number): NetworkSpec {
  const of = (width: number): NetworkSpec => ({ input: 1, layers: layersOf(encoding, scale, width) });
  let width = 1;
  while (trainedNumbers(of(width + 1)) <= budget) width++;
  return of(width);
}
