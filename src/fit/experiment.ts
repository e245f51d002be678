/** The adviser as an experiment, so that what it found becomes a run folder with a page. */
import { z } from 'zod';
import { type NdArray, toNdArray } from '../core/ndarray.js';
import { readData } from '../data/read-data.js';
import { defineExperiment, type Experiment, type Outcome } from '../experiment/define.js';
import type { Figure } from '../figures/figure.js';
import { type Line, lineFigure } from '../figures/lines.js';
import { picturesFigure } from '../figures/pictures.js';
import { adviseFeatures, type FitAdvice, type FitMeasurement } from './advise.js';
import { type FitData, rowsAt, scaleData } from './data.js';

const parameters = z.object({
  file: z
    .string()
    .min(1)
    .default('data.csv')
    .describe('a picture, a sound, a table or arrays: whatever readData reads'),
  side: z
    .int()
    .min(4)
    .optional()
    .describe('pixels that the longer side of a picture is averaged to; default: as it is'),
  budget: z.number().positive().default(30).describe('seconds'),
  hidden: z.array(z.int().min(1)).min(1).default([256, 256, 256, 256]).describe('widths of the hidden layers'),
  steps: z.int().min(1).default(2000).describe('steps of Adam in the training that is advised'),
});

/** `fprinciple fit` as an experiment; `found` hears of the advice itself. */
export const fitExperiment = (found?: (advice: FitAdvice) => void): Experiment =>
  defineExperiment({
    id: 'fit',
    title: 'Which encoding for this target',
    source: 'Tancik et al. 2020 (Fourier features), Sitzmann et al. 2020 (SIREN), Jacot et al. 2018 (tangent kernel)',
    statement:
      'The held-out error of each network, predicted by its tangent kernel without training; the best predicted of them trained and ' +
      'compared on samples that were kept back.',
    parameters,
    presets: { quick: {}, paper: {} },
    run: async ({ parameters: p, seed, signal, progress }) => {
      const data = await readData(p.file, p.side === undefined ? {} : { side: p.side });
      const advice = await adviseFeatures(data, {
        budget: p.budget,
        hidden: p.hidden,
        steps: p.steps,
        seed,
        signal,
        onProgress: ({ phase, done, total }) => progress({ phase, step: done, steps: total }),
      });
      found?.(advice);
      return outcomeOf(advice, data);
    },
  });

/** A relative error in decibels. */
const decibels = (error: number): number | null => (Number.isFinite(error) ? 20 * Math.log10(error) : null);

function outcomeOf(advice: FitAdvice, data: FitData): Outcome {
  const { predictions, measurements, choice, spectrum, warnings, complete, plan } = advice;
  const last = lastMeasured(measurements);
  const { x, y, size } = scaleData(data);
  const measured = predictions.map(({ name }) => last.get(name));
  return {
    metrics: {
      error: Number.isFinite(choice.error) ? choice.error : null,
      errorDecibels: decibels(choice.error),
      learningRate: choice.training.optimizer.learningRate,
      value: choice.value ?? null,
      nyquist: spectrum.nyquist,
      samples: plan.samples,
      steps: plan.steps,
      complete: complete ? 1 : 0,
    },
    tables: [
      {
        id: 'choice',
        title: 'The choice',
        columns: {
          network: [choice.name],
          'learning rate': [choice.training.optimizer.learningRate],
          steps: [choice.training.steps],
          'error (dB)': [decibels(choice.error)],
          'to know': [warnings.join(' ') || 'nothing against it'],
        },
      },
      {
        id: 'candidates',
        title: 'Held-out error: predicted, and measured in the longest training of each (dB, 0 is the target itself)',
        columns: {
          network: predictions.map(({ name }) => name),
          predicted: predictions.map(({ error }) => decibels(error)),
          measured: measured.map((one) => (one ? decibels(one.error) : null)),
          steps: measured.map((one) => one?.steps ?? null),
          'learning rate': measured.map((one) => one?.learningRate ?? null),
        },
      },
      {
        id: 'trainings',
        title: 'Every training',
        columns: {
          round: measurements.map(({ round }) => round),
          network: measurements.map(({ name }) => name),
          'learning rate': measurements.map(({ learningRate }) => learningRate),
          steps: measurements.map(({ steps }) => steps),
          'error (dB)': measurements.map(({ error }) => decibels(error)),
        },
      },
    ],
    figures: [comparison(advice, last), ...outcomePictures(advice, data), spectrumFigure(advice)],
    arrays: {
      x,
      y,
      samples: numbers(advice.samples),
      validation: numbers(advice.validation),
      ...(size && { size: numbers(size) }),
    },
  };
}

const numbers = (list: readonly number[]): NdArray => ({ data: Float64Array.from(list), shape: [list.length] });

/** Of each candidate its best training in the last round that it was in. */
function lastMeasured(measurements: readonly FitMeasurement[]): Map<string, FitMeasurement> {
  const last = new Map<string, FitMeasurement>();
  for (const one of measurements) {
    const before = last.get(one.name);
    if (!before || one.round > before.round || (one.round === before.round && one.error < before.error)) {
      last.set(one.name, one);
    }
  }
  return last;
}

/** Predicted errors over the candidates, and those that were measured. */
function comparison({ predictions, choice }: FitAdvice, last: ReadonlyMap<string, FitMeasurement>): Figure {
  const places = predictions.map((_, i) => predictions.length - i);
  const rounds = [...new Set([...last.values()].map(({ round }) => round))].sort((a, b) => a - b);
  return lineFigure({
    id: 'candidates',
    title: 'Predicted by the kernel, and measured',
    caption:
      `Held-out error of each network in decibels below the target itself, from the best predicted down. Measured: at ` +
      `validation samples at the end of the longest training that it had; rounds are of different length. Chosen: ${choice.name}.`,
    x: { title: 'held-out error (dB)' },
    y: { title: '', values: places, labels: predictions.map(({ name }) => name), domain: [0.5, places.length + 0.5] },
    lines: [
      { name: 'predicted', x: predictions.map(({ error }) => decibels(error)), y: places, mark: 'both' },
      ...rounds.map((round): Line => {
        const shown = predictions.map(({ name }) => {
          const one = last.get(name);
          return one?.round === round ? decibels(one.error) : null;
        });
        return { name: `measured, round ${round}`, x: shown, y: places, mark: 'points' };
      }),
    ],
    height: 20 * places.length,
  });
}

function spectrumFigure({ spectrum: { frequency, power, nyquist } }: FitAdvice): Figure {
  return lineFigure({
    id: 'spectrum',
    title: 'Spectrum of the target',
    caption:
      'Share of the power by frequency, in cycles per unit of the scaled inputs (which are 2 long), up to the Nyquist frequency of the ' +
      `samples, ${Number(nyquist.toPrecision(3))}. A sigma of Fourier features is on this axis.`,
    x: { title: 'frequency (cycles per unit)' },
    y: { title: 'share of the power', log: true },
    lines: [{ name: 'target', x: frequency, y: power }],
  });
}

/** What the finalists made of the samples: pictures beside the target, or curves over it. */
function outcomePictures({ outputs, samples }: FitAdvice, data: FitData): Figure[] {
  const { x, size } = scaleData(data);
  const target = toNdArray(data.y, 'y');
  const columns = target.shape[1] ?? 1;
  const caption =
    'What the finalists, and ReLU on plain coordinates, made of the samples at the end of their longest training.';
  if (size && (columns === 1 || columns === 3)) {
    // Where no neighbourhood lies, nothing was learnt.
    const picture = (values: NdArray): NdArray => {
      const whole = new Float64Array(size[0] * size[1] * columns).fill(0.5);
      for (const [i, at] of samples.entries()) {
        whole.set(values.data.subarray(i * columns, (i + 1) * columns), at * columns);
      }
      return { data: whole, shape: columns === 1 ? [...size] : [...size, columns] };
    };
    return [
      picturesFigure({
        id: 'pictures',
        title: 'Side by side',
        width: 220,
        caption: samples.length < size[0] * size[1] ? `${caption} Gray: pixels that the budget left out.` : caption,
        pictures: [
          ...outputs.map(({ name, steps, error, values }) => ({
            label: `${name}, ${steps} steps: ${(decibels(error) ?? 0).toFixed(1)} dB`,
            image: picture(values),
          })),
          { label: 'target', image: picture(rowsAt(target.shape.length === 2 ? target : column(target), samples)) },
        ],
      }),
    ];
  }
  if ((x.shape[1] ?? 1) > 1) return [];
  const given = toNdArray(data.x, 'x').data;
  const order = [...samples.keys()].sort((a, b) => (given[samples[a] ?? 0] ?? 0) - (given[samples[b] ?? 0] ?? 0));
  const at = order.map((i) => given[samples[i] ?? 0] ?? Number.NaN);
  const curve = (values: NdArray): number[] => order.map((i) => values.data[i * columns] ?? Number.NaN);
  const wanted = order.map((i) => target.data[(samples[i] ?? 0) * columns] ?? Number.NaN);
  return [
    lineFigure({
      id: 'curves',
      title: 'Side by side',
      caption,
      x: { title: 'x' },
      y: { title: columns > 1 ? 'first output' : 'y' },
      lines: [
        { name: 'target', x: at, y: wanted, mark: 'points' },
        ...outputs.map(
          ({ name, steps, values }): Line => ({ name: `${name}, ${steps} steps`, x: at, y: curve(values) }),
        ),
      ],
      width: 760,
    }),
  ];
}

const column = ({ data, shape }: NdArray): NdArray => ({ data, shape: [...shape, 1] });
