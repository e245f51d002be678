/** What a kernel said of a training beside what happened: the figure of `compareWithNtk`. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { toList } from '../core/lists.js';
import { describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkFlag, checkInteger, requireOptions } from '../core/options.js';
import type { NtkComparison } from '../kernels/compare.js';
import type { Figure } from './figure.js';
import { type Line, lineFigure } from './lines.js';
import { lookAt } from './style.js';

/** What `comparisonFigure` draws. */
export interface ComparisonFigure {
  /** What `compareWithNtk` gave. */
  comparison: NtkComparison;
  /** File name without extension. Default `ntk-comparison`. */
  id?: string;
  /** Stands above it. Default: `Predicted by the kernel and measured`. */
  title?: string;
  /** Default: says what the curves are. */
  caption?: string;
  /** What each curve belongs to. Default: `frequency` where the comparison has frequencies, else `eigenvector`. */
  by?: 'eigenvector' | 'frequency';
  /** Curves at most: the frequencies in their order, the eigenvectors from the largest eigenvalue on. Default 6. */
  count?: number;
  /** Steps on a logarithm, the start left out. Default false. */
  logSteps?: boolean;
  /** Of the plot, in pixels. Default 460. */
  width?: number;
  /** Of the plot, in pixels. Default 280. */
  height?: number;
}

const NAMES = ['comparison', 'id', 'title', 'caption', 'by', 'count', 'logSteps', 'width', 'height'] as const;

/**
 * Residuals over the steps of a training, on a logarithm: measured as lines, predicted by the initial kernel dashed in the same
 * colour.
 * @throws `INVALID_ARGUMENT` naming the option that is not as it should be
 */
export function comparisonFigure(options: ComparisonFigure): Figure {
  const { comparison, by: asked, count = 6, logSteps = false, ...rest } = requireOptions(options, NAMES);
  const { id = 'ntk-comparison', title = 'Predicted by the kernel and measured', caption, width, height } = rest;
  if (typeof comparison !== 'object' || comparison === null || !('predicted' in comparison)) {
    throw invalidArgument(`comparison: expected what compareWithNtk gives, got ${describe(comparison)}`);
  }
  const by = checkChoice(asked ?? (comparison.byFrequency ? 'frequency' : 'eigenvector'), BY, 'by');
  checkInteger(count, 'count', 1);
  checkFlag(logSteps, 'logSteps');
  const { steps, byFrequency, eigenvalues } = comparison;
  const given = by === 'frequency' ? byFrequency : comparison;
  if (!given) throw invalidArgument('by: expected a comparison with data.frequencies to draw by frequency, got none');
  const place = by === 'frequency' ? 'comparison.byFrequency' : 'comparison';
  const at = toList(steps, 'comparison.steps');
  const source = {
    predicted: toNdArray(given.predicted, `${place}.predicted`, 2),
    measured: toNdArray(given.measured, `${place}.measured`, 2),
  };
  const all = source.predicted.shape[1] ?? 0;
  const values = toNdArray(eigenvalues, 'comparison.eigenvalues', 1);
  const frequencies = byFrequency && toNdArray(byFrequency.frequencies, 'comparison.byFrequency.frequencies', 2);
  for (const [what, { shape }] of Object.entries(source)) {
    if (shape[0] !== at.length || shape[1] !== all) {
      throw invalidShape(`${place}.${what}: expected shape [${at.length}, ${all}], got [${shape.join(', ')}]`);
    }
  }
  const shown = Array.from({ length: Math.min(count, all) }, (_, i) => (by === 'frequency' ? i : all - 1 - i));
  const name = (k: number): string =>
    by === 'frequency'
      ? `frequency ${(frequencies && rowOf(frequencies, k).join(', ')) ?? k}`
      : `eigenvalue ${Number((values.data[k] ?? Number.NaN).toPrecision(3))}`;
  const lines = shown.flatMap((k, i): Line[] => {
    const { color } = lookAt(i);
    return [
      { name: name(k), x: at, y: columnOf(source.measured, k), color, dash: [1, 0] },
      { name: `${name(k)}, predicted`, x: at, y: columnOf(source.predicted, k), color, dash: [6, 3] },
    ];
  });
  // As far down as was measured and a little further: a prediction may be smaller than rounding by any power of ten.
  const measured = shown.flatMap((k) => columnOf(source.measured, k)).filter((v) => v > 0 && Number.isFinite(v));
  const tops = lines.flatMap(({ y }) => Array.from(y, Number)).filter((v) => v > 0 && Number.isFinite(v));
  const domain: [number, number] | undefined =
    measured.length > 0 ? [Math.min(...measured) / 3, Math.max(...tops) * 1.2] : undefined;
  return lineFigure({
    id,
    title,
    caption:
      caption ?? `Residual by ${by} over the steps: measured (lines) and as the kernel at the start says (dashed).`,
    x: { title: 'step', log: logSteps },
    y: { title: by === 'frequency' ? '|F[h - y]|' : '|u . (h - y)|', log: true, ...(domain && { domain }) },
    lines,
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  });
}

const BY = ['eigenvector', 'frequency'] as const;

/** Column k of `[records, n]`, one number a record. */
const columnOf = ({ data, shape: [records = 0, n = 0] }: NdArray, k: number): number[] =>
  Array.from({ length: records }, (_, r) => data[r * n + k] ?? Number.NaN);

/** Row k of `[n, d]`. */
const rowOf = ({ data, shape: [, d = 1] }: NdArray, k: number): number[] =>
  Array.from(data.subarray(k * d, (k + 1) * d), (v) => Number(v.toPrecision(6)));
