/** Layers of splines, as Kolmogorov-Arnold networks have them: fixed B-splines, and dense weights that make learnt functions of them. */
import type { LayerSpec } from '../../nets/index.js';

/** The cubic B-spline around 0 with knots at the integers, of the formula `t`: by |t|, so that no large cubes cancel. */
const cubic = (t: string): string => `(relu(2 - abs(${t}))^3 - 4 * relu(1 - abs(${t}))^3) / 6`;

/** The cubic B-splines of `intervals` equal intervals of [-1, 1] as formulas of `name`; their sum is 1 there. */
export const splineFormulas = (name: string, intervals: number): string[] =>
  Array.from({ length: intervals + 3 }, (_, j) => cubic(`${intervals / 2} * (${name} + 1) - ${j - 1}`));

/**
 * One layer of a Kolmogorov-Arnold network: on each edge a cubic spline with `intervals` equal intervals of [-1, 1] and a silu, each
 * with a weight of its own. `first` for the layer that sees the network's input, which is one number.
 */
export function splineLayer(options: {
  inputs: number;
  units: number;
  intervals: number;
  /** Of the initial weights. */
  std: number;
  first?: boolean;
}): LayerSpec[] {
  const { inputs, units, intervals, std, first = false } = options;
  const features = Array.from({ length: inputs }, (_, i) => `u${i + 1}`);
  const seen = first ? ['x'] : features;
  return [
    {
      type: 'transform',
      variables: ['x'],
      outputs: features,
      f: seen.flatMap((name) => [`silu(${name})`, ...splineFormulas(name, intervals)]),
    },
    { type: 'dense', units, bias: false, init: { type: 'normal', std } },
  ];
}

/** Amplitude of a wave of `k` periods over [-1, 1] in the rate that the kernel of these splines has, against that of a constant. */
export const splineRate = (k: number, intervals: number): number => {
  const t = (Math.PI * k) / intervals;
  return t === 0 ? 1 : (Math.sin(t) / t) ** 8;
};
