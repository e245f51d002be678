/** Playback as the page holds it: plain numbers at plotting precision, pictures as PNG data URLs. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { type NdArray, sizeOf } from '../core/ndarray.js';
import type { CurvePanel, ImagePanel, Playback } from '../experiment/playback.js';
import { pngUrl, slice, stretched } from '../figures/raster.js';

export interface CurveData {
  kind: 'curve';
  title: string;
  x: (number | null)[];
  xLabel: string;
  yLabel: string;
  logX: boolean;
  logY: boolean;
  points: boolean;
  /** `y` of one row stays; of as many rows as there are records it moves. */
  series: { name: string; y: (number | null)[][] }[];
}

export interface ImageData {
  kind: 'image';
  title: string;
  frames: string[];
  target: string | null;
}

export interface PlaybackData {
  steps: number[];
  loss: (number | null)[] | null;
  panels: (CurveData | ImageData)[];
}

/** @throws FprincipleError `INVALID_ARGUMENT` or `INVALID_SHAPE` when the panels do not match the steps. */
export function encodePlayback({ steps, loss, panels }: Playback): PlaybackData {
  if (steps.length === 0) throw invalidArgument('playback.steps: expected at least one step');
  if (loss && loss.length !== steps.length) {
    throw invalidShape(`playback.loss: expected ${steps.length} values, got ${loss.length}`);
  }
  return {
    steps: [...steps],
    loss: loss ? loss.map(rounded) : null,
    panels: panels.map((panel) => (panel.kind === 'curve' ? curve(panel, steps.length) : image(panel, steps.length))),
  };
}

function curve(panel: CurvePanel, records: number): CurveData {
  const x = toArray(panel.x);
  const series = panel.series.map(({ name, y }) => {
    const { data, shape } = toArray(y);
    const moving = shape.length === 2;
    const expected = moving ? [records, x.data.length] : [x.data.length];
    if (shape.join() !== expected.join()) {
      throw invalidShape(
        `playback: ${panel.title}: ${name}: expected shape [${expected.join(', ')}], got [${shape.join(', ')}]`,
      );
    }
    const rows = moving ? records : 1;
    const n = x.data.length;
    return { name, y: Array.from({ length: rows }, (_, r) => Array.from(data.subarray(r * n, (r + 1) * n), rounded)) };
  });
  const { title, xLabel, yLabel, logX = false, logY = false, points = false } = panel;
  return { kind: 'curve', title, x: Array.from(x.data, rounded), xLabel, yLabel, logX, logY, points, series };
}

function image({ title, frames, target, low = 0, high = 1 }: ImagePanel, records: number): ImageData {
  if (frames.shape[0] !== records) {
    throw invalidShape(`playback: ${title}: expected ${records} frames, got shape [${frames.shape.join(', ')}]`);
  }
  const url = (picture: NdArray): string => {
    const [h = 1, w = 1] = picture.shape;
    const factor = Math.max(1, Math.round(256 / w));
    const enlarge = factor > 1 ? { rows: stretched(h, h * factor), columns: stretched(w, w * factor) } : {};
    return pngUrl(picture, { colorMap: 'gray', range: [low, high], ...enlarge });
  };
  const pictures = Array.from({ length: records }, (_, r) => url(slice(frames, r)));
  return { kind: 'image', title, frames: pictures, target: target ? url(target) : null };
}

function toArray(values: NdArray | readonly number[]): NdArray {
  if ('shape' in values) {
    if (sizeOf(values.shape) !== values.data.length)
      throw invalidShape('playback: an array whose shape does not match');
    return values;
  }
  return { data: Float64Array.from(values), shape: [values.length] };
}

/** Four significant digits are more than a screen shows; what is not finite is left out of the curve. */
const rounded = (v: number | null): number | null =>
  v !== null && Number.isFinite(v) ? Number(v.toPrecision(4)) : null;
