/** What experiments on equations keep and show of a training: the relative error of the solution by step, kind by kind. */

import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { type Recorded, spread } from '../../experiment/index.js';
import { type Figure, heatmapFigure, lineFigure } from '../../figures/index.js';
import { relativeError } from './arrays.js';

/** A network of a kind, and how far it was from the solution. */
export interface Solved<K extends string> {
  kind: K;
  steps: number[];
  /** `|network - solution| / |solution|` on the probe's points, at every record. */
  errors: number[];
  /** The network's values there at the end. */
  last: Float64Array;
}

/** Of a training whose probe `solution` are the outputs where the solution is `wanted`. */
export function solved<K extends string>(
  { kind, steps, probes }: { kind: K } & Pick<Recorded, 'steps'> & { probes: { solution: { values: NdArray } } },
  wanted: ArrayLike<number>,
): Solved<K> {
  const outputs = rows(probes.solution.values);
  return {
    kind,
    steps,
    errors: outputs.map((values) => relativeError(values, wanted)),
    last: outputs.at(-1) ?? new Float64Array(),
  };
}

/** The networks of a kind. */
export const ofKind = <K extends string, S extends Solved<K>>(networks: readonly S[], kind: NoInfer<K>): S[] =>
  networks.filter((network) => network.kind === kind);

/** Their errors at the end. */
export const lastErrors = <K extends string>(networks: readonly Solved<K>[], kind: NoInfer<K>): number[] =>
  ofKind(networks, kind).map(({ errors }) => errors.at(-1) ?? Number.NaN);

/** The median of these by kind, as metrics `error_...`. */
export const errorMetrics = <K extends string>(networks: readonly Solved<K>[], names: Record<K, string>) =>
  Object.fromEntries(
    (Object.keys(names) as K[]).map((kind) => [`error_${kind}`, spread(lastErrors(networks, kind)).median]),
  );

/** Every network's error at the end. */
export const errorTable = <K extends string>(networks: readonly Solved<K>[], names: Record<K, string>) => ({
  id: 'errors',
  title: 'Relative error of the solution at the end',
  columns: {
    network: networks.map(({ kind }) => names[kind]),
    error: networks.map(({ errors }) => errors.at(-1) ?? Number.NaN),
  },
});

/** The error by step, the median over the networks of a kind. */
export function errorFigure<K extends string>(networks: readonly Solved<K>[], names: Record<K, string>): Figure {
  return lineFigure({
    id: 'errors',
    title: 'Relative error of the solution by step',
    caption: 'Median over the networks of each kind.',
    x: { title: 'step', log: true },
    y: { title: 'relative error', log: true },
    lines: (Object.keys(names) as K[]).map((kind) => {
      const own = ofKind(networks, kind);
      const steps = own[0]?.steps ?? [];
      return {
        name: names[kind],
        x: steps.map((step) => step + 1),
        y: steps.map((_, r) => spread(own.map(({ errors }) => errors[r] ?? Number.NaN)).median),
      };
    }),
  });
}

/** A grid of two inputs: the first along its rows, the second within each. */
export interface Plane {
  first: readonly number[];
  second: readonly number[];
}

/** Every point of a grid, `[first, second]`. */
export const pointsOf = ({ first, second }: Plane): number[][] => first.flatMap((a) => second.map((b) => [a, b]));

/** `count` equispaced numbers, both ends among them. */
export const span = (start: number, end: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => start + ((end - start) * i) / (count - 1));

/** Values on a grid as a heat map. */
export const planeFigure = (options: {
  id: string;
  title: string;
  caption: string;
  plane: Plane;
  values: ArrayLike<number>;
  axes: readonly [string, string];
  range: readonly [number, number];
}): Figure => {
  const { id, title, caption, plane, values, axes, range } = options;
  const [rows, columns] = [plane.second.length, plane.first.length];
  // Rows of a heat map are the second input.
  const data = Float64Array.from(
    { length: rows * columns },
    (_, i) => values[(i % columns) * rows + Math.floor(i / columns)] ?? 0,
  );
  return heatmapFigure({
    id,
    title,
    caption,
    values: { data, shape: [rows, columns] },
    x: { title: axes[0], at: plane.first },
    y: { title: axes[1], at: plane.second },
    color: { title: 'u', range },
  });
};
