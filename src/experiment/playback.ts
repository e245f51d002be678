/**
 * Playback: recorded states of a training that a reader moves through with one slider, the fitted curve or image and
 * its spectrum together.
 */
import type { NdArray } from '../core/ndarray.js';

/** One line of a curve panel. */
export interface PlaybackSeries {
  /** Stands in the legend. */
  name: string;
  /** `[records, n]` for what moves with the slider, `[n]` for what stays (the target). */
  y: NdArray | readonly number[];
}

/** A line chart whose moving series follow the slider. The axes stay. */
export interface CurvePanel {
  kind: 'curve';
  /** Stands above the chart. */
  title: string;
  /** Positions of the points of every series, `[n]`. */
  x: NdArray | readonly number[];
  /** What is on the x axis, with its unit. */
  xLabel: string;
  /** What is on the y axis, with its unit. */
  yLabel: string;
  /** The curves, moving ones and those that stay. */
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
  /** Stands above the picture. */
  title: string;
  /** One picture a record. */
  frames: NdArray;
  /** The picture to compare with, `[h, w]` or `[h, w, 3]`. */
  target?: NdArray;
  /** Value of the first colour. Default 0. */
  low?: number;
  /** Value of the last colour. Default 1. */
  high?: number;
}

/** Recorded states that the report's slider moves through. */
export interface Playback {
  /** Step of each record, ascending: what the slider shows. */
  steps: readonly number[];
  /** Loss at each record, shown beside the step. */
  loss?: readonly (number | null)[];
  /** What is shown side by side, all at the slider's record. */
  panels: readonly (CurvePanel | ImagePanel)[];
}
