/** A measurement as an experiment's outcome: tables, figures, slider, arrays, and claims that are asked for. */
import { type NdArray, sizeOf } from '../core/ndarray.js';
import { column } from '../core/reading.js';
import { atLeast, type Claim } from '../experiment/claims.js';
import type { Outcome, Table } from '../experiment/define.js';
import type { CurvePanel, ImagePanel, Playback } from '../experiment/playback.js';
import { spearman } from '../experiment/seeds.js';
import { type Axis, colors, type Figure, type Line, lineFigure } from '../figures/index.js';
import { periodOf } from '../spectrum/carrying.js';
import { gridOf } from '../spectrum/grid.js';
import { nudft } from '../spectrum/nudft.js';
import { arranged, type Measurement } from './measure.js';
import type { CheckedRecording } from './recording.js';

/** What can be claimed of any training. */
export const measureClaims = ['low-first', 'all-learnt'] as const;
export type MeasureClaim = (typeof measureClaims)[number];

/** Figures, tables, slider and claims of a measurement. */
export function outcomeOf(found: Measurement, recording: CheckedRecording, claims: readonly MeasureClaim[]): Outcome {
  const names = namesOf(found.frequencies);
  const last = found.steps.length - 1;
  const metrics: Record<string, number | null> = { records: found.steps.length };
  if (found.loss) metrics.loss = found.loss.at(-1) ?? null;
  for (const [i, name] of names.entries()) {
    metrics[`error_${name}`] = found.relativeError.data[last * names.length + i] ?? null;
    metrics[`passage_${name}`] = found.passages[i] ?? null;
  }
  return {
    metrics,
    arrays: arraysOf(found),
    tables: tablesOf(found, names),
    figures: figuresOf(found, names),
    playback: playbackOf(found, recording),
    claims: claims.map((claim) => makeClaim(claim, found, names)),
  };
}

/** Each frequency to five digits; of several numbers in brackets. */
function namesOf({ data, shape }: NdArray): string[] {
  const [k = 0, d = 1] = shape;
  const short = (v: number): string => String(Number(v.toPrecision(5)));
  return Array.from({ length: k }, (_, i) => {
    const parts = Array.from(data.subarray(i * d, (i + 1) * d), short);
    return d === 1 ? parts[0]! : `(${parts.join(', ')})`;
  });
}

const lengthsOf = ({ data, shape }: NdArray): number[] => {
  const [k = 0, d = 1] = shape;
  return Array.from({ length: k }, (_, i) => Math.hypot(...data.subarray(i * d, (i + 1) * d)));
};

function makeClaim(
  claim: MeasureClaim,
  { frequencies, passages, relativeError, level }: Measurement,
  names: string[],
): Claim {
  const source = 'asked for';
  if (claim === 'low-first') {
    return atLeast(0.9, {
      id: claim,
      statement: `The lower a frequency, the earlier its relative error is at most ${level}: Spearman's rank correlation of frequency and first passage (never: last).`,
      source: 'the frequency principle (Xu, Zhang and Xiao 2019)',
      measured: spearman(lengthsOf(frequencies), passages),
    });
  }
  const [s = 0, k = 0] = relativeError.shape;
  const final = relativeError.data.subarray((s - 1) * k);
  return {
    id: claim,
    statement: `At the last record the relative error of every frequency is at most ${level}.`,
    source,
    expected: { relation: 'at most', value: level },
    measured: Array.from(final),
    labels: names,
    pass: false,
  };
}

function arraysOf(found: Measurement): Record<string, NdArray> {
  const list = (values: readonly (number | null)[]): NdArray => ({
    data: Float64Array.from(values, (v) => v ?? Number.NaN),
    shape: [values.length],
  });
  const { filtered, bands, radial, projection } = found;
  return {
    steps: list(found.steps),
    ...(found.loss && { loss: list(found.loss) }),
    frequencies: found.frequencies,
    relativeError: found.relativeError,
    amplitude: found.amplitude,
    targetAmplitude: found.targetAmplitude,
    passages: list(found.passages),
    settled: list(found.settled),
    ...(projection && { direction: projection.direction }),
    ...(filtered && { deltas: list(filtered.deltas), filteredLow: filtered.low, filteredHigh: filtered.high }),
    ...(bands && { bandEdges: list(bands.edges), bandError: bands.error }),
    ...(radial && {
      radialFrequency: radial.frequency,
      radialAmplitude: radial.amplitude,
      radialTarget: radial.target,
      radialError: radial.error,
      psnr: radial.psnr,
    }),
    ...Object.fromEntries(
      Object.entries(found.ranks).flatMap(([name, ranks]) =>
        Object.entries(ranks as unknown as Record<string, NdArray>).map(([field, array]) => [
          `${name}.${field}`,
          array,
        ]),
      ),
    ),
  };
}

function tablesOf(found: Measurement, names: string[]): Table[] {
  const { steps, filtered, bands, radial, relativeError } = found;
  const columns = (prefix: string, of: readonly string[], array: NdArray) =>
    Object.fromEntries(of.map((name, i) => [`${prefix}${name}`, Array.from(column(array, i))]));
  const last = (steps.length - 1) * names.length;
  return [
    {
      id: 'history',
      title: 'Loss and relative errors by step',
      columns: {
        step: steps,
        ...(found.loss && { loss: found.loss }),
        ...columns('error_', names, relativeError),
        ...(filtered && columns('low_', filtered.deltas.map(short), filtered.low)),
        ...(filtered && columns('high_', filtered.deltas.map(short), filtered.high)),
        ...(bands && columns('band_', bandNames(bands.edges), bands.error)),
        ...(radial && { psnr: Array.from(radial.psnr.data) }),
        ...Object.fromEntries(
          Object.entries(found.ranks).flatMap(([name, { effectiveRank, stableRank }]) => [
            [`effective rank of ${name}`, Array.from(effectiveRank.data)],
            [`stable rank of ${name}`, Array.from(stableRank.data)],
          ]),
        ),
      },
    },
    {
      id: 'passages',
      title: `When each frequency was learnt (relative error at most ${found.level})`,
      columns: {
        'frequency (cycles per unit)': names,
        'amplitude of the target': Array.from(found.targetAmplitude.data),
        'first step': found.passages,
        'stays from': found.settled,
        'last error': Array.from(relativeError.data.subarray(last)),
      },
    },
  ];
}

const short = (v: number): string => String(Number(v.toPrecision(3)));

const bandNames = (edges: readonly number[]): string[] =>
  ['0', ...edges.map(String)].map((low, b) => `${low}-${edges[b] ?? 1}`);

/** Steps on a logarithm where they reach over more than one decade; that of step 0 has no place there. */
function stepAxis(steps: readonly number[]): Axis {
  const positive = steps.filter((step) => step > 0);
  const log = positive.length > 2 && positive.at(-1)! / positive[0]! > 10;
  return { title: 'step', ...(log && { log }) };
}

/** A little more than the steps that were reached. */
function around(passages: readonly (number | null)[], log: boolean): [number, number] {
  const steps = passages.filter((step) => step !== null && (!log || step > 0)) as number[];
  const [low, high] = [Math.min(...steps), Math.max(...steps)];
  return log ? [low / 1.5, high * 1.5] : [0, 1.1 * Math.max(1, high)];
}

const mostLines = 10;

function figuresOf(found: Measurement, names: string[]): Figure[] {
  const { steps, loss, filtered, bands, radial, ranks, frequencies, passages, level } = found;
  const x = stepAxis(steps);
  const kept = x.log ? steps.findIndex((step) => step > 0) : 0;
  const at = steps.slice(kept);
  const line = (name: string, array: NdArray, i: number): Line => ({ name, x: at, y: column(array, i).subarray(kept) });
  const shown = names.slice(0, mostLines);
  const unit = found.projection ? 'cycles per unit along the direction' : 'cycles per unit';
  const lengths = lengthsOf(frequencies);
  const reached = passages.some((step) => step !== null && (!x.log || step > 0));
  const figures = [
    lineFigure({
      id: 'errors',
      title: 'Relative error by frequency',
      caption: `|h_k - f_k| / |f_k| at each record, frequencies in ${unit}.${notesOf(found)}`,
      x,
      y: { title: 'relative error', log: true },
      lines: shown.map((name, i) => line(name, found.relativeError, i)),
      levels: [{ value: level, name: 'learnt' }],
    }),
  ];
  if (reached) {
    figures.push(
      lineFigure({
        id: 'passages',
        title: 'When each frequency was learnt',
        caption: `The first step at which the relative error of a frequency is at most ${level}; those that never are, are left out.`,
        x: { title: `length of the frequency (${unit})`, domain: [0, 1.1 * Math.max(...lengths)] },
        y: { ...x, title: 'first step', domain: around(passages, x.log === true) },
        lines: [{ name: 'first step', x: lengths, y: passages, mark: 'both' }],
      }),
    );
  }
  if (loss) {
    figures.push(
      lineFigure({
        id: 'loss',
        title: 'Loss',
        caption: 'The loss that was recorded.',
        x,
        y: { title: 'loss', log: loss.every((v) => v > 0) },
        lines: [{ name: 'loss', x: at, y: loss.slice(kept) }],
      }),
    );
  }
  if (filtered) {
    figures.push(
      lineFigure({
        id: 'filtered',
        title: 'Errors of the low and the high part',
        caption:
          'Relative errors after a Gaussian filter of variance delta (cut-off 1 / (2 pi sqrt delta) cycles per unit): its low part and the rest.',
        x,
        y: { title: 'relative error', log: true },
        lines: filtered.deltas.flatMap((delta, i) => [
          { ...line(`low, delta ${short(delta)}`, filtered.low, i), color: colors.low, dash: dashes[i % 3]! },
          { ...line(`high, delta ${short(delta)}`, filtered.high, i), color: colors.high, dash: dashes[i % 3]! },
        ]),
      }),
    );
  }
  if (bands) {
    figures.push(
      lineFigure({
        id: 'bands',
        title: 'Error by band of frequency',
        caption:
          "Root of the error's energy in each band over the target's; bands in fractions of the Nyquist frequency.",
        x,
        y: { title: 'relative error', log: true },
        lines: bandNames(bands.edges).map((name, i) => line(name, bands.error, i)),
      }),
    );
  }
  if (radial) figures.push(...radialFigures(found, x, kept));
  const matrices = Object.entries(ranks).slice(0, mostLines);
  if (matrices.length > 0) {
    figures.push(
      lineFigure({
        id: 'ranks',
        title: 'Effective ranks',
        caption: 'exp(-sum p ln p), p = s / sum s, of the singular values s of each recorded matrix.',
        x,
        y: { title: 'effective rank' },
        lines: matrices.map(([name, { effectiveRank }]) => ({ name, x: at, y: effectiveRank.data.subarray(kept) })),
      }),
    );
  }
  return figures;
}

const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
];

function radialFigures({ radial, steps }: Measurement, x: Axis, kept: number): Figure[] {
  const { frequency, amplitude, target, psnr } = radial!;
  const rings = frequency.data.length;
  const picked = spread(steps.length, 5);
  return [
    lineFigure({
      id: 'radial',
      title: 'Spectrum by length of the frequency',
      caption: 'Root mean square over each ring, frequency zero left out; target black.',
      x: { title: 'cycles per spacing', log: true },
      y: { title: 'amplitude', log: true },
      lines: [
        { name: 'target', x: frequency.data.subarray(1), y: target.data.subarray(1), color: colors.target },
        ...picked.map((r) => ({
          name: `step ${steps[r]}`,
          x: frequency.data.subarray(1),
          y: amplitude.data.subarray(r * rings + 1, (r + 1) * rings),
        })),
      ],
    }),
    lineFigure({
      id: 'psnr',
      title: 'Peak signal-to-noise ratio',
      caption: "The peak is the target's range.",
      x,
      y: { title: 'PSNR (dB)' },
      lines: [{ name: 'PSNR', x: steps.slice(kept), y: psnr.data.subarray(kept) }],
    }),
  ];
}

const notesOf = ({ notes, projection }: Measurement): string => {
  const share = projection?.explained;
  const along =
    projection === undefined
      ? []
      : [
          share === undefined
            ? 'Points are projected on the direction given.'
            : `Points are projected on their first principal component (${(100 * share).toFixed(0)} % of their variance).`,
        ];
  return [...along, ...notes].map((note) => ` ${note}`).join('');
};

/** `count` indices at most, evenly from the first to the last of `n`. */
const spread = (n: number, count: number): number[] => [
  ...new Set(
    Array.from({ length: Math.min(n, count) }, (_, i) =>
      Math.round((i * (n - 1)) / Math.max(1, Math.min(n, count) - 1)),
    ),
  ),
];

const mostRecords = 60;
const mostPoints = 600;

function playbackOf(found: Measurement, { points, outputs, target }: CheckedRecording): Playback {
  const records = spread(found.steps.length, mostRecords);
  const rowsOf = ({ data, shape }: NdArray): NdArray => {
    const size = sizeOf(shape.slice(1));
    const rows = records.flatMap((r) => Array.from(data.subarray(r * size, (r + 1) * size)));
    return { data: Float64Array.from(rows), shape: [records.length, size] };
  };
  const panels: (CurvePanel | ImagePanel)[] = [];
  const [n = 0, d = 1] = points.shape;
  const o = target.shape[1] ?? 1;
  const grid = gridOf(points);
  if (d === 1) panels.push(...curvePanels(points, outputs, target, records, Math.max(...lengthsOf(found.frequencies))));
  if (d === 2 && grid?.sizes.every((size) => size > 1) && (o === 1 || o === 3)) {
    const [low, high] = [Math.min(...chunked(target.data, Math.min)), Math.max(...chunked(target.data, Math.max))];
    // The coordinate that changes slowest from point to point runs down, the other one across.
    const fast = points.data[0] === points.data[2] ? 1 : 0;
    const frame = (values: NdArray): Float64Array => {
      const { data } = arranged(values, grid);
      const [a = 1, b = 1] = grid.sizes;
      const [h, w] = fast === 1 ? [a, b] : [b, a];
      const out = new Float64Array(n * o);
      for (let i = 0; i < h; i++)
        for (let j = 0; j < w; j++)
          for (let c = 0; c < o; c++) out[(i * w + j) * o + c] = data[c * n + (fast === 1 ? i * b + j : j * b + i)]!;
      return out;
    };
    const [h, w] = fast === 1 ? [grid.sizes[0]!, grid.sizes[1]!] : [grid.sizes[1]!, grid.sizes[0]!];
    const shape = o === 3 ? [h, w, 3] : [h, w];
    const size = n * o;
    const frames = new Float64Array(records.length * size);
    for (const [i, r] of records.entries()) {
      frames.set(frame({ data: outputs.data.subarray(r * size, (r + 1) * size), shape: [n, o] }), i * size);
    }
    panels.push({
      kind: 'image',
      title: 'Output',
      frames: { data: frames, shape: [records.length, ...shape] },
      target: { data: frame(target), shape },
      low,
      high: high > low ? high : low + 1,
    });
  }
  if (found.radial) {
    const { frequency, amplitude, target: goal } = found.radial;
    panels.push({
      kind: 'curve',
      title: 'Radial spectrum',
      x: frequency,
      xLabel: 'cycles per spacing',
      yLabel: 'amplitude',
      logX: true,
      logY: true,
      series: [
        { name: 'target', y: goal },
        { name: 'network', y: rowsOf(amplitude) },
      ],
    });
  }
  panels.push({
    kind: 'curve',
    title: 'Relative error',
    x: lengthsOf(found.frequencies),
    xLabel: 'length of the frequency (cycles per unit)',
    yLabel: 'relative error',
    logY: true,
    points: true,
    series: [{ name: 'network', y: rowsOf(found.relativeError) }],
  });
  return {
    steps: records.map((r) => found.steps[r]!),
    ...(found.loss && { loss: records.map((r) => found.loss![r]!) }),
    panels,
  };
}

/** The first output over x, and its spectrum at whole cycles per period, up to twice the highest frequency followed. */
function curvePanels(
  points: NdArray,
  outputs: NdArray,
  target: NdArray,
  records: number[],
  highest: number,
): CurvePanel[] {
  const [n = 0] = points.shape;
  const o = target.shape[1] ?? 1;
  const sorted = Array.from({ length: n }, (_, i) => i).sort((a, b) => points.data[a]! - points.data[b]!);
  const picked = spread(n, mostPoints).map((i) => sorted[i]!);
  const first = (values: NdArray['data'], start: number, rows: readonly number[]): number[] =>
    rows.map((i) => values[start + i * o]!);
  const { period, twice } = periodOf(points.data, target.data);
  const rows = sorted.filter((i) => i !== twice);
  const bins = Math.min(Math.floor(rows.length / 2), Math.max(8, Math.ceil(2 * highest * period)), 400);
  const frequencies = Array.from({ length: bins + 1 }, (_, k) => k / period);
  const x = rows.map((i) => points.data[i]!);
  const amplitudes = (values: number[]): number[] => {
    const { re, im } = nudft(x, values, frequencies);
    return Array.from(re, (a, k) => Math.hypot(a, im[k]!));
  };
  const stacked = (each: number[][]): NdArray => ({
    data: Float64Array.from(each.flat()),
    shape: [each.length, each[0]?.length ?? 0],
  });
  const start = (r: number): number => r * n * o;
  return [
    {
      kind: 'curve',
      title: o === 1 ? 'Output' : `First of ${o} outputs`,
      x: picked.map((i) => points.data[i]!),
      xLabel: 'x',
      yLabel: 'f(x)',
      series: [
        { name: 'target', y: first(target.data, 0, picked) },
        { name: 'network', y: stacked(records.map((r) => first(outputs.data, start(r), picked))) },
      ],
    },
    {
      kind: 'curve',
      title: 'Spectrum',
      x: frequencies,
      xLabel: 'frequency (cycles per unit)',
      yLabel: 'amplitude',
      points: true,
      series: [
        { name: 'target', y: amplitudes(first(target.data, 0, rows)) },
        { name: 'network', y: stacked(records.map((r) => amplitudes(first(outputs.data, start(r), rows)))) },
      ],
    },
  ];
}

/** The result of `Math.min` or `Math.max` of a list of any length, in pieces that fit a call. */
const chunked = (data: NdArray['data'], of: (...values: number[]) => number): number[] =>
  Array.from({ length: Math.ceil(data.length / 4096) }, (_, i) => of(...data.subarray(i * 4096, (i + 1) * 4096)));
