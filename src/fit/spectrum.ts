/** At which frequencies a target has its power, and whether its samples are dense enough to say so. */
import type { NdArray } from '../core/ndarray.js';
import { nudft } from '../spectrum/nudft.js';

/** Power of a target by frequency, and what its samples can tell. */
export interface TargetSpectrum {
  /** Centres of the bins, ascending, cycles per unit of the scaled inputs (which are 2 long). */
  frequency: number[];
  /** Share of the power in each bin; they sum to 1. */
  power: number[];
  /** Half the sampling rate, as if the points were equispaced: `n^(1/d) / 4`. */
  nyquist: number;
  /** Frequency below which nine tenths of the power lie. */
  reach: number;
}

/** Bins of the spectrum at most. */
const mostBins = 64;
/** Directions in two dimensions and more. */
const directionCount = 24;

/**
 * The mean of `|Y|^2` (NUDFT, target `[n, o]` of mean zero, summed over outputs) over directions at each length of frequency,
 * times the length to the power d - 1 that a shell's volume grows with. Edges of a target that is not periodic leak to all
 * frequencies, falling with their square.
 */
export function targetSpectrum(x: NdArray, y: NdArray): TargetSpectrum {
  const [n = 1, d = 1] = x.shape;
  const nyquist = n ** (1 / d) / 4;
  const bins = Math.max(4, Math.min(mostBins, Math.floor(2 * nyquist)));
  const frequency = Array.from({ length: bins }, (_, j) => ((j + 1) * nyquist) / bins);
  const directions = directionsOf(d);
  const rows = frequency.flatMap((length) => directions.map((unit) => unit.map((v) => v * length)));
  const { re, im } = nudft(x, y, rows, { tolerance: 1e-6 });
  const outputs = y.shape[1] ?? 1;
  const each = directions.length * outputs;
  const raw = frequency.map((length, j) => {
    let sum = 0;
    for (let i = j * each; i < (j + 1) * each; i++) sum += (re[i] ?? 0) ** 2 + (im[i] ?? 0) ** 2;
    return (sum / directions.length) * length ** (d - 1);
  });
  const total = raw.reduce((a, b) => a + b, 0);
  const power = raw.map((v) => (total > 0 ? v / total : 0));
  let below = 0;
  const at = power.findIndex((share) => {
    below += share;
    return below >= 0.9;
  });
  return { frequency, power, nyquist, reach: frequency[at] ?? nyquist };
}

/** Unit vectors: one in one dimension, half a turn of them in two, in more the axes and spiralling ones (a low-discrepancy set). */
function directionsOf(d: number): number[][] {
  if (d === 1) return [[1]];
  if (d === 2) {
    return Array.from({ length: directionCount }, (_, i) => {
      const angle = (Math.PI * i) / directionCount;
      return [Math.cos(angle), Math.sin(angle)];
    });
  }
  const axes = Array.from({ length: d }, (_, axis) => Array.from({ length: d }, (_, i) => (i === axis ? 1 : 0)));
  const more = Array.from({ length: directionCount }, (_, i) => {
    const v = Array.from({ length: d }, (_, c) => Math.cos(2 * Math.PI * (((i + 1) * Math.sqrt(c + 2)) % 1)));
    const length = Math.hypot(...v) || 1;
    return v.map((u) => u / length);
  });
  return [...axes, ...more];
}

/** Share of the power in the upper quarter below Nyquist from which on samples are called too few. A flat spectrum has 0.25. */
const crowded = 0.15;

/**
 * What to say where the samples may be too few for the frequencies: power right below Nyquist goes on above it, and comes back
 * from there as a lower frequency. Equispaced samples cannot tell an alias from a true frequency that lies low.
 */
export function aliasingWarning({ frequency, power, nyquist }: TargetSpectrum): string | undefined {
  const share = power.reduce((sum, v, j) => ((frequency[j] ?? 0) > 0.75 * nyquist ? sum + v : sum), 0);
  if (share < crowded) return undefined;
  const percent = Math.round(100 * share);
  return (
    `aliasing: ${percent} % of the power lies in the last quarter below the Nyquist frequency of these samples ` +
    `(${Number(nyquist.toPrecision(3))} cycles per unit of the scaled inputs); what lies above it is folded back to lower ` +
    'frequencies, which every network then learns. More samples are needed, or the target is noise there.'
  );
}
