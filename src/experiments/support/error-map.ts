/** The heat map of the book's figure 1.6: the relative error of every followed frequency through the training. */

import type { NdArray } from '../../core/ndarray.js';
import { transpose } from '../../core/reading.js';
import { type Figure, heatmapFigure } from '../../figures/index.js';

export interface ErrorMap {
  id: string;
  title: string;
  caption: string;
  /** Relative error `[records, frequencies]`; the record of step 0 has no place on the logarithmic axis. */
  error: NdArray;
  steps: readonly number[];
  /** A name for each frequency. */
  labels: readonly string[];
  /** What the names are. Default `component`. */
  rows?: string;
  /** Ends of the colours. Default 0.01 to 1. */
  range?: readonly [number, number];
}

export function errorMapFigure({
  id,
  title,
  caption,
  error,
  steps,
  labels,
  rows = 'component',
  range = [0.01, 1],
}: ErrorMap): Figure {
  const places = labels.map((_, i) => i);
  return heatmapFigure({
    id,
    title,
    caption,
    values: transpose({ data: error.data.subarray(labels.length), shape: [steps.length - 1, labels.length] }),
    x: { title: 'step', log: true, at: steps.slice(1) },
    y: { title: rows, at: places, values: places, labels },
    color: { title: 'relative error', range, log: true },
    height: Math.max(60, Math.min(260, 46 * labels.length)),
  });
}
