/**
 * A sum of sines of equal amplitude: the low frequency is learnt first (Xu, section 1.3, figures 1.3 and 1.6).
 *
 * The target is `f(x) = sum_k sin(k x)` on one period, the error at frequency k is `|h_k - f_k| / |f_k|` on complex
 * NUDFT values over the training points (eq. 1.4). The equal amplitudes are the point: in a target whose amplitude falls
 * with frequency, "large first" would explain what is seen just as well.
 *
 * The control turns round what is low and high for the network, and nothing else: it sees x through Fourier features of the
 * target's own frequencies, the highest the strongest. Same target, same amplitudes, same training.
 *
 * The points leave out the period's end, so that integer frequencies are orthogonal on them.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { row } from '../../core/reading.js';
import {
  atLeast,
  common,
  curvePlayback,
  defineExperiment,
  grid,
  leftWhenLearnt,
  orderClaim,
  periodicGrid,
  sumOfSines,
} from '../../experiment/index.js';
import { sinesName } from '../../experiment/signals.js';
import { colors, lineFigure } from '../../figures/index.js';
import { entry } from '../support/arrays.js';
import { type CurveFit, fitCurves, reversedFeatures, reversedStatement } from '../support/curve.js';
import { errorMapFigure } from '../support/error-map.js';
import { errorCurves, medianPassage, passageTable } from '../support/order.js';
import { snapshotRecords, stepName, stepNames } from '../support/snapshots.js';

const parameters = z.object({
  targets: z
    .array(z.array(z.int().min(1).max(500)).min(2))
    .min(1)
    .default([
      [1, 3, 5],
      [1, 5],
    ])
    .describe('frequencies of the sines of each target'),
  points: common.points(201),
  hidden: common.hidden([200, 200, 200, 100]),
  std: common.std(200 ** -0.5),
  learningRate: common.learningRate(2e-4),
  steps: common.steps(17_000),
  networks: common.networks(),
  records: common.records(120),
  level: common.level(),
  snapshot: z.int().min(1).default(2000).describe('step of the middle snapshot'),
});

export const sineMixture = defineExperiment({
  id: 'sine-mixture',
  title: 'A mixture of sines is learnt from low to high frequency',
  source: [cite('xuBook', 'section 1.3, figures 1.3 and 1.6'), cite('xu2019'), cite('notesSlides')].join('; '),
  statement:
    'A tanh network is fitted to sums of sines such as f(x) = sin x + sin 3x + sin 5x, all components of equal ' +
    'amplitude. The relative error of the lowest frequency becomes small first and that of the highest last, so the ' +
    'order is due to frequency and not to amplitude.',
  formula: 'E(k) = |ĥ(k) − f̂(k)| / |f̂(k)|,  ĥ(k) = (1/n) Σ_j h(x_j) e^{−ikx_j},  f(x) = sin x + sin 3x + sin 5x',
  parameters,
  presets: {
    quick: {
      points: 101,
      hidden: [100, 100, 100],
      std: 0.1,
      learningRate: 1e-3,
      steps: 3000,
      records: 90,
      snapshot: 300,
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 240 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const x = periodicGrid(p.points);
    const targets = p.targets.map((target) => [...target].sort((a, b) => a - b));
    const cells = grid({ target: targets, reversed: [false, true], seed: seeds(p.networks) });
    const fits = await fitCurves(
      context,
      x,
      cells,
      ({ target, reversed, seed }) => ({
        y: sumOfSines(x, target),
        frequencies: target,
        seed,
        before: reversed ? reversedFeatures(target) : undefined,
      }),
      p,
    );
    return { x, targets, fits };
  },

  present({ x, targets, fits }, p) {
    const groups = targets.map((target) => {
      const of = (reversed: boolean) =>
        fits.filter((fit) => fit.target.join() === target.join() && fit.reversed === reversed);
      return {
        target,
        name: sinesName(target),
        labels: target.map((k) => `k = ${k}`),
        plain: of(false),
        turned: of(true),
      };
    });
    const { target, name, labels, plain, turned } = entry(groups, 0);
    const shown = entry(plain, 0);
    const y = sumOfSines(x, target);
    // What is left of the highest frequency when the lowest counts as learnt.
    const leftOver = (list: typeof plain) =>
      list.map((fit) => leftWhenLearnt(fit, { level: p.level, learnt: 0, left: target.length - 1 }));
    return {
      metrics: Object.fromEntries(target.map((k, i) => [`passage_${k}`, medianPassage(plain, i, { level: p.level })])),
      tables: [
        passageTable(
          groups.flatMap((group) => group.plain),
          {
            level: p.level,
            columns: { target: (fit) => sinesName(fit.target), network: (_, i) => i % p.networks },
            component: ['frequency', (fit) => fit.target],
          },
        ),
      ],
      claims: [
        ...groups.map((group, i) =>
          orderClaim({
            id: i === 0 ? 'order' : `order-${group.target.join('-')}`,
            statement: `For ${group.name} the frequencies are learnt in their order (relative error settled under ${p.level}), in every one of ${p.networks} networks.`,
            source: cite('xuBook', i === 0 ? 'figure 1.6' : 'figure 1.3'),
            networks: group.plain,
            labels: group.labels,
            level: p.level,
            control: { id: 'reversed', statement: reversedStatement, networks: group.turned },
          }),
        ),
        atLeast(0.5, {
          id: 'high-left',
          statement: `When the lowest frequency of ${name} is learnt, at least half of the highest is still missing (relative error).`,
          source: cite('xuBook', 'figure 1.3: the outline at step 2000, without the oscillation'),
          measured: leftOver(plain),
          control: { id: 'reversed', statement: reversedStatement, measured: leftOver(turned) },
        }),
      ],
      figures: [
        ...groups.toReversed().map((group) => snapshots(entry(group.plain, 0), x, p.snapshot)),
        errorMapFigure({
          id: 'error-by-frequency',
          title: `Relative error by frequency, ${name}`,
          caption:
            'Relative error |h - f| / |f| of the network at each frequency of the target, through the training (first ' +
            'network). Dark is learnt. Compare figure 1.6 of the source.',
          error: shown.error,
          steps: shown.steps,
          labels,
        }),
        errorCurves(plain, { labels, level: p.level }),
        errorCurves(turned, {
          id: 'error-curves-control',
          title: 'The control: relative error where the highest frequency is the strongest input',
          labels,
          level: p.level,
        }),
      ],
      playback: curvePlayback({
        x,
        target: y,
        history: shown,
        outputs: shown.outputs,
        frequencies: 2 * Math.max(...target),
      }),
    };
  },
});

function snapshots({ target, steps, outputs }: CurveFit<{ target: number[] }>, x: NdArray, middle: number) {
  const shown = snapshotRecords(steps, [0, middle, steps.at(-1) ?? 0]);
  const names = shown.map((r) => steps[r] ?? 0);
  return lineFigure({
    id: `outputs-${target.join('-')}`,
    title: `Outputs while learning ${sinesName(target)}`,
    caption: `Dots: the training points. Lines: the network at ${stepNames(names)}. The outline comes first, the oscillation last. Compare figure 1.3 of the source.`,
    x: { title: 'x' },
    y: { title: 'f(x)' },
    lines: [
      { name: 'target', x: x.data, y: sumOfSines(x, target).data, color: colors.target, mark: 'points' },
      ...shown.map((r, i) => ({ name: stepName(names[i] ?? 0), x: x.data, y: row(outputs, r) })),
    ],
  });
}
