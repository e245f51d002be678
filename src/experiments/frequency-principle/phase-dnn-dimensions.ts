/**
 * PhaseDNN's price by dimension, measured (slides; Cai, Li and Liu 2020): bands, parameters, work and seconds in one dimension and in two,
 * against the formula that `phase-dnn` tabulates.
 *
 * Bands of width D up to the wave number K are 2 M - 1 on an axis, M = floor((K + D / 2) / D) + 1, and (2 M - 1)^d cells in d dimensions, of which
 * a real target needs half. That counts the cells of a cube; how many a target needs is measured. Each cell's part of the target is moved
 * to zero and learnt by a small network of its own, then the parts are moved back and added, the largest first, until the relative
 * error halfway between the samples is at the level.
 *
 * Of a target of every wave vector in the cube, equal powers and random phases, all cells are needed but one or none (that around zero holds the
 * constant alone, a fortieth of the power in two dimensions). The work grows faster than the formula: a part of two variables also takes its network
 * four to ten times the steps. The control is a target of as many waves in every dimension. It needs as many bands in two dimensions as in one, and as
 * much work. So what the slides call unavoidable is the price of covering a cube; whose spectrum is sparse pays for what is in it. What nobody saves
 * is the grid on which the spectrum is computed before: points^d samples.
 *
 * The source's targets have wave numbers in the hundreds, which two dimensions of networks do not allow here; the formula knows K / D only. Seconds
 * are of all cells of the cube and all steps, on this machine, many networks at once; they are shown and not claimed.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  atLeast,
  between,
  common,
  defineExperiment,
  grid,
  passageStep,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { entry, keysOf, period, relativeError, rms } from '../support/arrays.js';
import { bandsOfAxis, centresOf, envelope, movedBack } from '../support/bands.js';
import { range } from '../support/circle.js';
import { denseLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  dimensions: z.array(z.int().min(1).max(3)).min(2).default([1, 2, 3]).describe('numbers of axes, ascending'),
  reaches: z
    .array(z.int().min(1))
    .min(1)
    .default([2, 4])
    .describe('highest wave numbers of the targets on every axis, ascending'),
  bandWidth: z.int().min(2).multipleOf(2).default(2).describe('width of a band, in wave numbers (even)'),
  sampling: z.int().min(3).default(5).describe('samples on every axis for each wave number up to the highest'),
  width: z.int().min(1).default(12).describe("units of each of the two hidden layers of a band's network"),
  steps: common.steps(1500),
  records: common.records(40),
  learningRate: common.learningRate(0.01),
  networks: common.networks().describe('targets of each kind, every band of each with a network of its own'),
  level: common.level().describe('relative error, halfway between the samples, that is asked for'),
});

const kinds = { full: 'every wave vector', few: 'a few waves' } as const;
type Kind = keyof typeof kinds;

export const phaseDnnDimensions = defineExperiment({
  id: 'phase-dnn-dimensions',
  title: "PhaseDNN's price by dimension, measured: bands of a cube, or of the target",
  source: [cite('cai2020'), cite('notesSlides', 'overcoming the spectral bias')].join('; '),
  statement:
    'A target of every wave vector up to K on each axis needs all bands that the formula counts, whose number grows exponentially with the ' +
    'dimension, and the work grows faster still. A target of a few waves needs as many bands in two dimensions as in one.',
  formula: 'cells(d) = ((2M − 1)^d + 1) / 2,  M = ⌊(K + D/2) / D⌋ + 1',
  parameters,
  presets: {
    quick: { dimensions: [1, 2], steps: 800 },
    paper: {},
  },
  seconds: { quick: 6, paper: 2400 },

  async measure(context) {
    const { parameters: p, seeds, random } = context;
    const groups = [];
    for (const { d, reach } of grid({ d: p.dimensions, reach: p.reaches })) {
      const side = p.sampling * reach;
      const [x, halfway] = [places(side, d, 0), places(side, d, 0.5)];
      const centres = centresOf(reach, p.bandWidth, d);
      const targets = grid({ kind: keysOf(kinds), network: range(0, p.networks - 1) }).map(({ kind, network }) => {
        const name = `${d}D, wave numbers to ${reach}, ${kinds[kind]}`;
        const waves = kind === 'full' ? centresOf(reach, 1, d) : fewWaves(reach, p.bandWidth, d);
        const phases = gaussianNoise(2 * waves.length, random(`phases in ${name}`, network)).data;
        const at = (points: NdArray): Float64Array => sumOfWaves(points, waves, phases);
        // Every band of every target has a seed of its own.
        const own = seeds(centres.length, `bands in ${name}, ${network}`);
        return {
          kind,
          name,
          own,
          waves: waves.length,
          y: { data: at(x), shape: Array<number>(d).fill(side) },
          wanted: at(halfway),
        };
      });
      const spec = bandNetwork(d, p.width);
      const start = performance.now();
      const bands = await trainAll(context, {
        cells: grid({ target: targets, band: range(0, centres.length - 1) }),
        what: `networks of ${centres.length} bands, ${d}D`,
        run: ({ target: { y, own }, band }) => ({
          seed: entry(own, band),
          y: envelope(y, x, entry(centres, band), p.bandWidth),
        }),
        shared: {
          ...{ x, spec, loss: 'mse', steps: p.steps, record: { log: p.records } },
          optimizer: { type: 'adam', learningRate: p.learningRate },
          probes: { fit: { type: 'outputs', points: halfway } },
        },
        name: ({ target, band }) => `${target.name}, band around ${entry(centres, band).join(', ')}`,
      });
      const seconds = (performance.now() - start) / 1000 / targets.length;
      const fits = targets.map((target) => {
        const parts = bands
          .filter((one) => one.target === target)
          .map(({ band, probes }) =>
            rows(probes.fit.values).map((row) => movedBack(row, halfway, entry(centres, band))),
          );
        return {
          kind: target.kind,
          waves: target.waves,
          ...fitOf(parts, bands[0]?.steps ?? [], target.wanted, p.level),
        };
      });
      groups.push({ d, reach, bands: centres.length, parameters: parametersOf(spec), seconds, fits });
    }
    return groups;
  },

  present(groups, p) {
    const [least, most] = [p.dimensions[0] ?? 1, p.dimensions.at(-1) ?? 1];
    const highest = p.reaches.at(-1) ?? 1;
    const formula = (d: number, reach: number): number => ((2 * bandsOfAxis(reach, p.bandWidth) - 1) ** d + 1) / 2;
    const of = (kind: Kind, d: number, reach: number) => {
      const { parameters = 0, fits = [] } = groups.find((group) => group.d === d && group.reach === reach) ?? {};
      return fits.filter((fit) => fit.kind === kind).map((fit) => ({ ...fit, parameters }));
    };
    const places = grid({ d: p.dimensions, reach: p.reaches });
    const labels = places.map(({ d, reach }) => `${d}D to ${reach}`);
    /** Bands that are needed, over those of the formula: a row a target. */
    const needed = (kind: Kind): (number | null)[][] =>
      range(0, p.networks - 1).map((i) =>
        places.map(({ d, reach }) => over(of(kind, d, reach)[i]?.needed, formula(d, reach))),
      );
    /** Multiply-adds a sample until the level is reached: three for every weight and step. */
    const work = (kind: Kind, d: number, reach: number): (number | null)[] =>
      of(kind, d, reach).map(({ needed, step, parameters }) =>
        needed === null || step === null ? null : 3 * parameters * needed * step,
      );
    const growth = (kind: Kind): (number | null)[][] =>
      range(0, p.networks - 1).map((i) =>
        p.reaches.map((reach) =>
          over(
            over(work(kind, most, reach)[i], work(kind, least, reach)[i]),
            formula(most, reach) / formula(least, reach),
          ),
        ),
      );
    const cells = grid({ kind: keysOf(kinds), d: p.dimensions, reach: p.reaches });
    const column = (read: (fits: ReturnType<typeof of>) => readonly (number | null)[]) =>
      cells.map(({ kind, d, reach }) => middle(read(of(kind, d, reach))));
    const dimensions = range(1, 6);
    const shown = range(1, 4);
    const few = {
      id: 'few',
      statement: 'a target of as many waves in every dimension, one for each band of the half axis',
    };
    return {
      metrics: Object.fromEntries(
        cells.map(({ kind, d, reach }) => [
          `bands_${kind}_${d}d_${reach}`,
          middle(of(kind, d, reach).map((fit) => fit.needed)),
        ]),
      ),
      tables: [
        {
          id: 'price',
          title: `What a relative error of ${p.level} takes (medians of ${p.networks} targets; none: not within ${p.steps} steps)`,
          columns: {
            target: cells.map(({ kind }) => kinds[kind]),
            dimension: cells.map(({ d }) => d),
            'highest wave number': cells.map(({ reach }) => reach),
            waves: column((fits) => fits.map(({ waves }) => waves)),
            'bands by the formula': cells.map(({ d, reach }) => formula(d, reach)),
            'bands needed': column((fits) => fits.map(({ needed }) => needed)),
            'parameters of these': column((fits) => fits.map(({ needed, parameters }) => over(needed, 1 / parameters))),
            steps: column((fits) => fits.map(({ step }) => step)),
            'multiply-adds a sample': cells.map(({ kind, d, reach }) => middle(work(kind, d, reach))),
            'seconds of all bands and steps': cells.map(
              ({ d, reach }) => groups.find((group) => group.d === d && group.reach === reach)?.seconds ?? null,
            ),
          },
        },
        {
          id: 'formula',
          title: `By the formula: bands of width ${p.bandWidth} up to the wave number ${highest} in every direction, their parameters, samples of the grid`,
          columns: {
            dimension: dimensions,
            bands: dimensions.map((d) => formula(d, highest)),
            parameters: dimensions.map((d) => formula(d, highest) * parametersOf(bandNetwork(d, p.width))),
            samples: dimensions.map((d) => (p.sampling * highest) ** d),
          },
        },
      ],
      claims: [
        between(0.9, 1, {
          id: 'bands',
          statement: `For a target of every wave vector PhaseDNN needs the bands that the formula counts, up to a tenth of them: ${places.map(({ d, reach }) => `${formula(d, reach)} in ${d}D to the wave number ${reach}`).join(', ')} (bands needed for a relative error of ${p.level} over the formula's, a row for each of ${p.networks} targets).`,
          source: [cite('notesSlides', 'overcoming the spectral bias'), cite('cai2020')].join('; '),
          measured: needed('full'),
          labels,
          control: { ...few, measured: needed('few') },
        }),
        atLeast(1, {
          id: 'work',
          statement: `The work to that error, multiply-adds a sample, grows from ${least}D to ${most}D at least as the number of bands by the formula (${p.reaches.map((reach) => `${formula(least, reach)} to ${formula(most, reach)}`).join('; ')}): the growth over that of the formula.`,
          source: cite('notesSlides', 'overcoming the spectral bias'),
          measured: growth('full'),
          labels: p.reaches.map((reach) => `to ${reach}`),
          control: { ...few, measured: growth('few') },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'bands-needed',
          title: `How many bands are needed, wave numbers to ${highest}`,
          caption: `Relative error, halfway between the samples, of the sum of the learnt bands, the largest first, after ${p.steps} steps: median, smallest and largest of ${p.networks} targets. Where it crosses the dashed level, that many bands are needed.`,
          panels: p.dimensions.map((d) => ({
            title: `${d}D, ${formula(d, highest)} bands`,
            x: { title: 'bands added', ...(formula(d, highest) <= 20 && { values: range(1, formula(d, highest)) }) },
            y: { title: 'relative error', log: true },
            lines: keysOf(kinds).map((kind) => {
              const ends = of(kind, d, highest).map((fit) => fit.ends);
              return { ...medianBand(kinds[kind], range(1, ends[0]?.length ?? 0), ends), mark: 'both' as const };
            }),
            levels: [{ value: p.level, name: `${p.level}` }],
          })),
        }),
        lineFigure({
          id: 'bands-by-dimension',
          title: 'Bands by dimension: the formula, and what was needed',
          caption: `Formula: ((2 M - 1)^d + 1) / 2 for wave numbers to ${highest}. Points: bands needed for a relative error of ${p.level}, median, smallest and largest of ${p.networks} targets.`,
          x: { title: 'dimension', values: shown },
          y: { title: 'bands', log: true, domain: [1, formula(shown.length, highest)] },
          lines: [
            { name: 'formula', x: shown, y: shown.map((d) => formula(d, highest)) },
            ...keysOf(kinds).map((kind) => ({
              ...medianBand(
                kinds[kind],
                p.dimensions,
                range(0, p.networks - 1).map((i) =>
                  p.dimensions.map((d) => of(kind, d, highest)[i]?.needed ?? Number.NaN),
                ),
              ),
              mark: 'both' as const,
            })),
          ],
        }),
      ],
    };
  },
});

/** All samples of a grid of `side` points an axis over one period, `[side^d, d]`, the last axis fastest; `shift` in steps of the grid. */
function places(side: number, d: number, shift: number): NdArray {
  const axis = period(-Math.PI, Math.PI, side).map((v) => v + (shift * 2 * Math.PI) / side);
  const n = side ** d;
  const coordinate = (i: number): number =>
    entry(axis, Math.floor(Math.floor(i / d) / side ** (d - 1 - (i % d))) % side);
  return { data: Float64Array.from({ length: n * d }, (_, i) => coordinate(i)), shape: [n, d] };
}

/** One wave for every band of the half axis, whatever the dimension: on other axes they have each other's wave numbers. */
function fewWaves(reach: number, width: number, d: number): number[][] {
  const [zero = 0, ...tones] = centresOf(reach, width, 1).flat();
  const shifted = tones.map((_, i) => range(0, d - 1).map((axis) => entry(tones, (i + axis) % tones.length)));
  return [range(1, d).map(() => zero), ...shifted];
}

/** Sum of waves of equal power, of mean square 1; `phases` has two normal numbers a wave. */
function sumOfWaves(
  { data, shape: [n = 0, d = 1] }: NdArray,
  waves: number[][],
  phases: ArrayLike<number>,
): Float64Array {
  const terms = waves.map((wave, w) => ({ wave, phase: Math.atan2(entry(phases, 2 * w), entry(phases, 2 * w + 1)) }));
  const value = (i: number) =>
    terms.reduce((sum, { wave, phase }) => {
      // What does not vary has its power without a square root of 2.
      if (wave.every((k) => k === 0)) return sum + Math.sign(phase);
      return sum + Math.SQRT2 * Math.cos(wave.reduce((angle, k, axis) => angle + k * entry(data, i * d + axis), phase));
    }, 0);
  return Float64Array.from({ length: n }, (_, i) => value(i) / Math.sqrt(waves.length));
}

/** Of the bands' outputs, moved back, by record: how many are needed, the largest first, and from which step on they are enough. */
function fitOf(bands: Float64Array[][], steps: number[], wanted: Float64Array, level: number) {
  const largest = bands.toSorted((a, b) => rms(b.at(-1) ?? []) - rms(a.at(-1) ?? []));
  const error = (count: number, record: number): number =>
    relativeError(
      wanted.map((_, i) => largest.slice(0, count).reduce((sum, band) => sum + entry(entry(band, record), i), 0)),
      wanted,
    );
  const ends = largest.map((_, m) => error(m + 1, steps.length - 1));
  const enough = ends.findIndex((left) => left <= level);
  if (enough < 0) return { ends, needed: null, step: null };
  const errors = steps.map((_, record) => error(enough + 1, record));
  return { ends, needed: enough + 1, step: passageStep(steps, errors, level, { settled: true }) };
}

const bandNetwork = (input: number, width: number): NetworkSpec => ({
  input,
  layers: denseLayers({ input, widths: [width, width], outputs: 2 }),
});

const parametersOf = (spec: NetworkSpec): number =>
  Object.values(createModel(spec, { seed: 0 }).parameters()).reduce((sum, { data }) => sum + data.length, 0);

/** a / b where both are known. */
const over = (a: number | null | undefined, b: number | null | undefined): number | null =>
  typeof a === 'number' && typeof b === 'number' ? a / b : null;

/** The median; none where half of them have no value. */
function middle(values: readonly (number | null)[]): number | null {
  const { median } = spread(values.map((value) => value ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(median) ? median : null;
}
