/**
 * A component along which the tangent kernel has eigenvalue zero is never learnt.
 *
 * Notes on Fourier features call the Gram matrix positive definite and say that the residual decays exponentially if all eigenvalues
 * are nonnegative. It takes positive ones: where an eigenvalue is zero the residual stays, however long the training. The case at
 * hand is the one of Basri et al. 2019: on the circle a network of one hidden ReLU layer without bias is, by
 * `relu(z) = z / 2 + |z| / 2`, a linear function plus an even one, at every setting of its weights, so that every odd frequency from
 * 3 on has eigenvalue zero before, during and after training. (It is not an effect of high frequency: 4 is learnt, 3 is not.)
 *
 * With a bias the eigenvalue of 3 is about that of 4. So it is with a second hidden layer in place of the bias, whose ReLU bends
 * what is neither even nor linear: it is not the want of a bias alone.
 *
 * Networks learn by Adam, in f64, since what they cannot express no optimiser finds. Plain descent shows the same, where it takes
 * longer to the fourth frequency than an experiment should (after 5,000 steps at half the stable rate it was half learnt, the third
 * not to 16 digits).
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import { atMost, between, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, panelsFigure } from '../../figures/index.js';
import { empiricalNtk } from '../../kernels/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { asColumn, period, stacked } from '../support/arrays.js';
import { circlePoints, eigenvaluesByFrequency, range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';
import { medianBand, passageTable } from '../support/order.js';
import { waveErrors } from '../support/waves.js';

const basri = cite('basri2019', 'networks without bias');

const kinds = {
  plain: 'one hidden layer, no bias',
  bias: 'one hidden layer with bias',
  deep: 'two hidden layers, no bias',
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

const parameters = z.object({
  points: z.int().min(16).multipleOf(2).default(64).describe('samples on the circle'),
  odd: z.int().min(3).default(3).describe('the odd frequency of the target'),
  even: z.int().min(2).default(4).describe('the even frequency of the target, above the odd one'),
  width: z.int().min(1).default(512).describe('units of each hidden layer'),
  learningRate: common.learningRate(1e-2),
  steps: common.steps(20_000),
  records: common.records(60),
  networks: common.networks(),
  level: common.level(),
});

export const zeroEigenvalues = defineExperiment({
  id: 'zero-eigenvalues',
  title: 'A component of eigenvalue zero never moves',
  source: [basri, cite('notesEncoding', 'gradient flow and the dynamics of training')].join('; '),
  statement:
    'The residual decays along eigenvectors of positive eigenvalue only. A network of one hidden ReLU layer without bias has the ' +
    'eigenvalue zero at every odd frequency from 3 on: it learns the fourth frequency and never the third, and training ends at the ' +
    'loss that the odd ones make up. With a bias, or with a second hidden layer, it learns both.',
  formula: 'Σ_k a_k relu(w_k · x) = c · x + Σ_k a_k |w_k · x| / 2,  odd coefficients of |w · x| are 0',
  parameters,
  presets: { quick: { points: 32, steps: 1500, width: 128, records: 40 }, paper: { width: 2048, learningRate: 3e-3 } },
  seconds: { quick: 10, paper: 1500 },

  async measure(context) {
    const { parameters: p, seeds, signal, progress } = context;
    const points = circlePoints(p.points);
    const angles = period(0, 2 * Math.PI, p.points);
    const waves = [1, p.odd, p.even];
    const target = angles.map((t) => waves.reduce((sum, k) => sum + Math.cos(k * t), 0));
    const network = (kind: Kind): NetworkSpec =>
      ntkNetwork({
        ...{ input: 2, width: p.width, activation: 'relu' as const, output: 0.3 },
        ...{ depth: kind === 'deep' ? 2 : 1, sigmaB: kind === 'bias' ? 1 : 0 },
      });
    const shown = range(0, Math.min(12, p.points / 2 - 1));
    const eigenvalues = async (model: ReturnType<typeof createModel>): Promise<number[]> => {
      const kernel = await empiricalNtk(model, points, undefined, { signal });
      return eigenvaluesByFrequency(kernel, shown).map((value) => value / p.points);
    };
    const cells = [];
    for (const { kind, seed } of grid({ kind: kindNames, seed: seeds(p.networks) })) {
      progress({ phase: 'kernels before training' });
      cells.push({ kind, seed, before: await eigenvalues(createModel(network(kind), { seed, dtype: 'f64' })) });
    }
    const trained = await trainAll(context, {
      cells,
      name: ({ kind }) => kinds[kind],
      run: ({ kind, seed }) => ({ seed, spec: network(kind) }),
      shared: {
        x: points,
        y: asColumn(target),
        dtype: 'f64',
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate, schedule: { type: 'cosine', steps: p.steps } },
        steps: p.steps,
        record: { log: p.records },
        probes: { output: { type: 'outputs', points } },
      },
      keep: 'parameters',
    });
    const fits = [];
    for (const { kind, before, steps, loss, probes, parameters: weights } of trained) {
      progress({ phase: 'kernels after training' });
      const model = createModel(network(kind), { seed: 0, dtype: 'f64' });
      model.setParameters(weights);
      const outputs = rows(probes.output.values);
      fits.push({
        kind,
        steps,
        error: stacked(outputs.map((output) => waveErrors(angles, output, target, waves))),
        // A wave of amplitude 1 has the power 1/2.
        share: (loss.at(-1) ?? Number.NaN) / 0.5,
        before,
        after: await eigenvalues(model),
        output: outputs.at(-1) ?? new Float64Array(),
      });
    }
    return { angles, target, waves, shown, fits };
  },

  present({ angles, target, waves, shown, fits }, p) {
    const of = (kind: Kind) => fits.filter((fit) => fit.kind === kind);
    const oddOnes = shown.filter((k) => k >= 3 && k % 2 === 1);
    /** Eigenvalues at odd frequencies over that at 1, before training and after it: the largest of a network. */
    const zeros = (kind: Kind): number[] =>
      of(kind).map(({ before, after }) =>
        Math.max(
          ...[before, after].flatMap((values) => oddOnes.map((k) => Math.abs((values[k] ?? 0) / (values[1] ?? 0)))),
        ),
      );
    const errors = (kind: Kind, wave: number): number[][] =>
      of(kind).map(({ error }) => rows(error).map((row) => row[wave] ?? Number.NaN));
    /** How far the relative error of the odd wave was from 1, at any record. */
    const moved = (kind: Kind): number[] =>
      errors(kind, 1).map((list) => Math.max(...list.map((error) => Math.abs(error - 1))));
    const end = (kind: Kind, wave: number): number[] => errors(kind, wave).map((list) => list.at(-1) ?? Number.NaN);
    const controls = (read: (kind: Kind) => number[]) =>
      (['bias', 'deep'] as const).map((kind) => ({ id: kind, statement: kinds[kind], measured: read(kind) }));
    const labels = waves.map((k) => `k = ${k}`);
    return {
      metrics: Object.fromEntries(
        kindNames.flatMap((kind) => [
          [`odd_error_${kind}`, spread(end(kind, 1)).median],
          [`even_error_${kind}`, spread(end(kind, 2)).median],
        ]),
      ),
      claims: [
        atMost(1e-10, {
          id: 'eigenvalue-zero',
          statement: `At the odd frequencies from 3 to ${oddOnes.at(-1)} the tangent kernel of every one of ${p.networks} networks has eigenvalue zero (relative to that of 1), before training and after it.`,
          source: basri,
          measured: zeros('plain'),
          control: controls(zeros),
        }),
        atMost(1e-10, {
          id: 'never-moves',
          statement: `In ${p.steps} steps the relative error of frequency ${p.odd} is 1 at every record.`,
          source: [basri, cite('fprinciple', 'what an eigenvalue of zero means')].join('; '),
          measured: moved('plain'),
          control: controls(moved),
        }),
        atMost(p.level, {
          id: 'not-too-high',
          statement: `It is not too high a frequency: ${p.even}, above it, is learnt (relative error at the end) in every network.`,
          source: basri,
          measured: end('plain', 2),
          control: { id: 'odd', statement: `frequency ${p.odd} of the same networks`, measured: end('plain', 1) },
        }),
        between(0.95, 1.05, {
          id: 'what-is-left',
          statement: `Training ends at the loss that frequency ${p.odd} makes up (last loss over it), in every network.`,
          source: cite('fprinciple', 'the residual of the eigenvalue zero'),
          measured: of('plain').map(({ share }) => share),
          control: controls((kind) => of(kind).map(({ share }) => share)),
        }),
      ],
      tables: [
        passageTable(fits, {
          level: p.level,
          columns: { network: ({ kind }) => kinds[kind] },
          component: ['frequency', () => waves],
        }),
        {
          id: 'eigenvalues',
          title: 'Eigenvalues over the number of points, before training, median over the networks',
          columns: {
            frequency: shown,
            ...Object.fromEntries(
              kindNames.map((kind) => [
                kinds[kind],
                shown.map((k) => spread(of(kind).map(({ before }) => before[k] ?? Number.NaN)).median),
              ]),
            ),
          },
        },
      ],
      figures: [
        panelsFigure({
          id: 'errors',
          title: 'Relative error by frequency',
          caption: `Median, smallest and largest of ${p.networks} networks. Without bias and with one hidden layer ${p.odd} stays where it was.`,
          columns: 3,
          panels: kindNames.map((kind) => ({
            title: kinds[kind],
            x: { title: 'step', log: true },
            y: { title: 'relative error', log: true, domain: [1e-3, 2] as const },
            width: 230,
            lines: labels.map((label, i) =>
              medianBand(
                label,
                (of(kind)[0]?.steps ?? []).map((step) => step + 1),
                errors(kind, i),
              ),
            ),
          })),
        }),
        panelsFigure({
          id: 'outputs',
          title: `Outputs after ${p.steps} steps`,
          caption: 'First network of each kind, by angle.',
          columns: 3,
          panels: kindNames.flatMap((kind) =>
            of(kind)
              .slice(0, 1)
              .map(({ output }) => ({
                title: kinds[kind],
                x: { title: 'angle' },
                y: { title: 'output' },
                width: 230,
                lines: [
                  { name: 'target', x: angles, y: target, color: colors.target },
                  { name: 'output', x: angles, y: output, color: colors.output, dash: [4, 2] },
                ],
              })),
          ),
        }),
        panelsFigure({
          id: 'eigenvalues',
          title: 'Eigenvalues of the tangent kernel by frequency',
          caption: `Over the number of points, before training, median, smallest and largest of ${p.networks} networks. Where there is no point the eigenvalue is zero to rounding.`,
          columns: 3,
          panels: kindNames.map((kind) => ({
            title: kinds[kind],
            x: { title: 'frequency' },
            y: { title: 'eigenvalue', log: true, domain: [1e-5, 10] as const },
            width: 230,
            lines: [
              {
                name: 'eigenvalue',
                x: shown.filter((k) => spread(of(kind).map(({ before }) => before[k] ?? 0)).median > 1e-8),
                y: shown
                  .map((k) => spread(of(kind).map(({ before }) => before[k] ?? 0)).median)
                  .filter((value) => value > 1e-8),
                mark: 'points' as const,
              },
            ],
          })),
        }),
      ],
    };
  },
});
