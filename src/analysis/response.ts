/** The response frequency: how fast a network's outputs change as its input moves. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import type { TaskOptions } from '../core/native.js';
import { type ArrayInput, type NdArray, sizeOf, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, required, requireOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import { checkModel, type Model } from '../nets/model.js';
import { amplitudeSpectrum } from '../spectrum/amplitude.js';
import { bandwidth } from '../spectrum/bandwidth.js';
import type { WindowSpec } from '../spectrum/window.js';
import { alongLines } from './classifier.js';

/** The lines along which a network is looked at. */
export interface ResponseFrequencyOptions extends Pick<TaskOptions, 'signal'> {
  /** Half the length of a line, in units of the inputs. */
  reach: number;
  /** Points on a line; default 128. The highest frequency seen is `points / (4 reach)`. */
  points?: number;
  /** Default `hann`: the ends of a line do not meet. */
  window?: WindowSpec;
  /** Default: all cores. */
  threads?: number;
}

/** Spectra of a network's outputs along lines. */
export interface ResponseFrequency {
  /** `[points]`: t, from `-reach`, the end left out. */
  offsets: NdArray;
  /** `[n, o, points]`: the outputs at `x + t d`. */
  outputs: NdArray;
  /** `[floor(points / 2) + 1]`: cycles per unit of length. */
  frequency: NdArray;
  /** `[n, o, floor(points / 2) + 1]`: the outputs' amplitude spectrum along the line, each line's mean taken off. */
  amplitude: NdArray;
  /** `[n, o]`: the frequency up to which a spectrum holds 95 % of its power, which the strength does not enter. */
  bandwidth: NdArray;
}

/**
 * The response frequency of a network at samples `x`, each along a direction of its own: the spectrum of the outputs on the line
 * `x + t d`, |d| = 1, t in [-reach, reach). It is not the frequency of the sample (of an image): high along a direction means
 * that a small change turns the answer. The sign of {@link lossGradient} is the adversarial direction. Xu, "Frequency principle",
 * section 1.5.2. O(n points) forward passes.
 *
 * @param x `[n, ...input]`
 * @param directions of x's shape, scaled to length 1 here; none of zeros
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT`, `OVER_MEMORY_LIMIT`, `ABORTED`
 */
export async function responseFrequency(
  model: Model,
  x: ArrayInput,
  directions: ArrayInput,
  options: ResponseFrequencyOptions,
): Promise<ResponseFrequency> {
  const names = ['reach', 'points', 'window', 'threads', 'signal'] as const;
  const { reach, points = 128, window = 'hann', threads, signal } = requireOptions(options, names);
  checkModel(model);
  const [samples, ways] = [toNdArray(x, 'x'), toNdArray(directions, 'directions')];
  if (samples.shape.length < 2)
    throw invalidShape(`x: expected shape [n, ...input], got [${samples.shape.join(', ')}]`);
  if (ways.shape.join() !== samples.shape.join()) {
    throw invalidShape(
      `directions: expected the shape of x, [${samples.shape.join(', ')}], got [${ways.shape.join(', ')}]`,
    );
  }
  checkNumber(required(reach, 'reach'), 'reach', { above: 0 });
  checkInteger(points, 'points', 4, 2 ** 20);
  checkThreads(threads);
  const counted = threads === undefined ? {} : { threads };
  const [n = 0, ...input] = samples.shape;
  const offsets = Float64Array.from({ length: points }, (_, j) => reach * ((2 * j) / points - 1));
  const lines = alongLines(flat(samples), unit(flat(ways)), offsets);
  const given = await model.predict({ data: lines.data, shape: [n * points, ...input] }, { ...counted, signal });
  const o = sizeOf(given.shape.slice(1));
  // From one row a point to one row a line.
  const outputs = Float64Array.from({ length: n * o * points }, (_, at) => {
    const [line, t] = [Math.floor(at / points), at % points];
    return given.data[(Math.floor(line / o) * points + t) * o + (line % o)]!;
  });
  const centred = outputs.slice();
  for (let at = 0; at < centred.length; at += points) {
    const row = centred.subarray(at, at + points);
    const mean = row.reduce((sum, v) => sum + v / points, 0);
    row.forEach((v, t) => {
      row[t] = v - mean;
    });
  }
  const shape = [n, o, points];
  const { frequency, amplitude } = amplitudeSpectrum(
    { data: centred, shape },
    { sampleRate: points / (2 * reach), window, ...counted },
  );
  const count = frequency.data.length;
  const widths = Float64Array.from(
    { length: n * o },
    (_, line) => bandwidth(amplitude.data.subarray(line * count, (line + 1) * count)) / (2 * reach),
  );
  return {
    offsets: { data: offsets, shape: [points] },
    outputs: { data: outputs, shape },
    frequency,
    amplitude,
    bandwidth: { data: widths, shape: [n, o] },
  };
}

const flat = ({ data, shape }: NdArray): NdArray => ({ data, shape: [shape[0]!, sizeOf(shape.slice(1))] });

/** Each row with length 1. @throws `INVALID_ARGUMENT` for a row of zeros */
function unit({ data, shape }: NdArray): NdArray {
  const size = shape[1]!;
  const rows = Float64Array.from(data);
  for (let at = 0; at < rows.length; at += size) {
    const row = rows.subarray(at, at + size);
    const largest = row.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    if (largest === 0) throw invalidArgument(`directions[${at / size}]: expected a direction, got zeros`);
    // Divided twice, so that no square overflows; what is not finite is refused with the lines.
    const length = Math.sqrt(row.reduce((sum, v) => sum + (v / largest) ** 2, 0));
    row.forEach((v, i) => {
      row[i] = v / largest / length;
    });
  }
  return { data: rows, shape };
}
