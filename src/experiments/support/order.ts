/** What experiments on the order of learning show: the passages as a table and numbers, and the errors as curves. */

import { column } from '../../core/reading.js';
import {
  type ErrorHistory,
  learntLevels,
  type PassageOptions,
  passagesOf,
  spread,
  type Table,
} from '../../experiment/index.js';
import { type Figure, type Line, lineFigure } from '../../figures/index.js';

/** The passages of every network, a row for each and each component. */
export function passageTable<F extends ErrorHistory>(
  fits: readonly F[],
  options: {
    /** Columns before the step, of the network. */
    columns: Readonly<Record<string, (fit: F, i: number) => number | string>>;
    /** Name of the component's column, and what stands in it. */
    component: readonly [name: string, of: (fit: F) => readonly (number | string)[]];
    id?: string;
  } & PassageOptions,
): Table {
  const { columns, component, id = 'passages', level = 0.2, settled = true } = options;
  const rows = fits.flatMap((fit, i) => {
    const steps = passagesOf(fit, { level, settled });
    return component[1](fit).map((name, k) => ({ fit, i, name, step: steps[k] ?? null }));
  });
  return {
    id,
    title: settled
      ? `Step from which on the relative error stays at ${level} or less`
      : `First step at which the relative error is ${level} or less`,
    columns: {
      ...Object.fromEntries(
        Object.entries(columns).map(([name, read]) => [name, rows.map(({ fit, i }) => read(fit, i))]),
      ),
      [component[0]]: rows.map(({ name }) => name),
      step: rows.map(({ step }) => step),
    },
  };
}

/** The median passage of component k over the networks; `null` where most never learn it. */
export function medianPassage(fits: readonly ErrorHistory[], k: number, options: PassageOptions = {}): number | null {
  const { median } = spread(fits.map((fit) => passagesOf(fit, options)[k] ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(median) ? median : null;
}

/** Median of several curves over the same places, with the band from the smallest to the largest. */
export function medianBand(name: string, x: ArrayLike<number>, curves: readonly ArrayLike<number>[]): Line {
  const at = Array.from(x, (_, i) => spread(curves.map((curve) => curve[i] ?? Number.NaN)));
  return { name, x, y: at.map((s) => s.median), band: [at.map((s) => s.min), at.map((s) => s.max)] };
}

/** Relative error by step and component, median and band over the networks, the level dashed. */
export function errorCurves(
  fits: readonly ErrorHistory[],
  options: { id?: string; title?: string; labels: readonly string[]; level?: number; caption?: string },
): Figure {
  const { id = 'error-curves', labels, level = 0.2 } = options;
  const steps = fits[0]?.steps ?? [];
  return lineFigure({
    id,
    title: options.title ?? 'Relative error by step, median over the networks',
    caption:
      options.caption ??
      `Median, smallest and largest relative error of ${fits.length} networks. The dashed level is where a component counts as learnt; the claims are shown at ${learntLevels.join(', ')} too.`,
    x: { title: 'step', log: true },
    y: { title: 'relative error', log: true },
    lines: labels.map((label, k) =>
      medianBand(
        label,
        steps,
        fits.map((fit) => column(fit.error, k)),
      ),
    ),
    levels: [{ value: level, name: `level ${level}` }],
  });
}
