/**
 * Playback: recorded states of a training that a reader moves through with one slider, the fitted curve or image and
 * its spectrum together.
 */
import type { NdArray } from '../core/ndarray.js';

/** One line of a curve panel. */
export interface PlaybackSeries {
  name: string;
  /** `[records, n]` for what moves with the slider, `[n]` for what stays (the target). */
  y: NdArray | readonly number[];
}

/** A line chart whose moving series follow the slider. The axes stay. */
export interface CurvePanel {
  kind: 'curve';
  title: string;
  x: NdArray | readonly number[];
  xLabel: string;
  yLabel: string;
  series: readonly PlaybackSeries[];
  /** Draws y on a base-10 logarithmic axis (values at or under zero are left out). */
  logY?: boolean;
  /** Draws x on a base-10 logarithmic axis. */
  logX?: boolean;
  /** Marks instead of lines, for spectra of few frequencies. */
  points?: boolean;
}

/** Frames of an image: gray `[records, h, w]` or RGB `[records, h, w, 3]`, shown between `low` and `high`. */
export interface ImagePanel {
  kind: 'image';
  title: string;
  frames: NdArray;
  /** The picture to compare with, `[h, w]` or `[h, w, 3]`. */
  target?: NdArray;
  low?: number;
  high?: number;
}

/** Recorded states that the report's slider moves through. */
export interface Playback {
  /** Step of each record, ascending: what the slider shows. */
  steps: readonly number[];
  /** Loss at each record, shown beside the step. */
  loss?: readonly (number | null)[];
  panels: readonly (CurvePanel | ImagePanel)[];
}
