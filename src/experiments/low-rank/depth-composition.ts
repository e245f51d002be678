/**
 * What composing layers does to frequencies: below the edge of chaos a deeper random network is a smoother function,
 * above it a rougher one; depth alone does neither (seed 004, section 4 says "smoother").
 *
 * A layer with weights of standard deviation sigmaW / sqrt(width) shrinks the difference of two inputs where sigmaW is
 * small (ordered phase) and stretches it where it is large (chaotic phase; Poole et al. 2016). The input runs once around
 * a circle. The spectral centroid is the mean frequency of the output weighted by power, the constant included: that is
 * where the ordered phase sends the power. (Without the constant the centroid stays near 1 there at every depth.) Lines:
 * infinite width, from the covariance of the outputs. Learning speed is read from the tangent kernel, as the eigenvalue at
 * a high frequency relative to that at frequency 1.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { amplitudes, atLeast, below, decreasing, defineExperiment, increasing } from '../../experiment/index.js';
import { categories, panelsFigure } from '../../figures/index.js';
import { analyticKernel } from '../../kernels/index.js';
import { createModel } from '../../nets/index.js';
import { period } from '../support/arrays.js';
import { circlePoints, eigenvaluesByFrequency, range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';

const source = 'Seed 004, section 4: depth as composition; Poole et al. 2016, Schoenholz et al. 2017';

const parameters = z.object({
  points: z.int().min(16).multipleOf(2).default(256).describe('inputs around the circle'),
  depths: z.array(z.int().min(1)).min(3).default([1, 2, 3, 4, 6, 8, 12]).describe('hidden erf layers, ascending'),
  width: z.int().min(1).default(1024).describe('units of each hidden layer'),
  ordered: z.number().positive().default(0.6).describe('sigmaW below the edge of chaos'),
  chaotic: z.number().positive().default(3).describe('sigmaW above it'),
  sigmaB: z.number().min(0).default(0.3).describe('standard deviation of the biases'),
  networks: z.int().min(1).default(50).describe('random networks of each depth'),
  high: z.int().min(2).default(9).describe('the high frequency whose learning speed is compared with that of 1'),
});

export const depthComposition = defineExperiment({
  id: 'depth-composition',
  title: 'Depth smooths below the edge of chaos and roughens above it',
  source,
  statement:
    'Composing more layers lowers the frequencies of a random network where its weights are small, and raises them where ' +
    'they are large; the tangent kernel, and with it the speed of learning, follows.',
  formula: 'centroid = Σ_k k |ĥ(k)|^2 / Σ_k |ĥ(k)|^2,  weights of standard deviation σ_w / √width',
  parameters,
  presets: { quick: { points: 128, depths: [1, 2, 4, 8], width: 128, networks: 50 }, paper: {} },
  seconds: { quick: 6, paper: 120 },
  run: async ({ parameters: p, seeds, signal, progress }) => {
    const x = circlePoints(p.points);
    const phases = { ordered: p.ordered, chaotic: p.chaotic };
    const network = (sigmaW: number, depth: number, width: number) =>
      ntkNetwork({ input: 2, depth, width, activation: 'erf', sigmaW, sigmaB: p.sigmaB });
    const half = range(0, p.points / 2 - 1);

    const look = async (sigmaW: number) => {
      const [measured, limit, speed]: [number[], number[], number[]] = [[], [], []];
      let shown: NdArray | undefined;
      for (const depth of p.depths) {
        progress({ phase: `sigmaW ${sigmaW}, depth ${depth}` });
        const power = half.map(() => 0);
        for (const seed of seeds(p.networks)) {
          const output = await createModel(network(sigmaW, depth, p.width), { seed }).predict(x, { signal });
          const amplitude = amplitudes({ data: output.data, shape: [1, p.points] }).data;
          // Both signs of a frequency hold its power; the constant has one.
          for (const k of half) power[k]! += (k === 0 ? 1 : 2) * amplitude[k]! ** 2;
          shown = output;
        }
        measured.push(centroid(power));
        const spec = network(sigmaW, depth, 1);
        const covariance = await analyticKernel(spec, x, undefined, { kernel: 'nngp', signal });
        limit.push(
          centroid(eigenvaluesByFrequency(covariance, half).map((v, k) => (k === 0 ? 1 : 2) * Math.max(v, 0))),
        );
        const tangent = await analyticKernel(spec, x, undefined, { kernel: 'ntk', signal });
        const [one = 1, high = 0] = eigenvaluesByFrequency(tangent, [1, p.high]);
        speed.push(high / one);
      }
      return { measured, limit, speed, deepest: shown! };
    };
    const [ordered, chaotic] = [await look(phases.ordered), await look(phases.chaotic)];
    const last = p.depths.length - 1;
    const labels = p.depths.map((depth) => `depth ${depth}`);
    const both = { ordered, chaotic };
    return {
      metrics: { orderedDeepest: ordered.measured[last]!, chaoticDeepest: chaotic.measured[last]! },
      tables: [
        {
          id: 'depths',
          title: 'Spectral centroid of random networks and relative speed of learning, by depth',
          columns: {
            depth: p.depths,
            'centroid, ordered': ordered.measured,
            'infinite width, ordered': ordered.limit,
            'centroid, chaotic': chaotic.measured,
            'infinite width, chaotic': chaotic.limit,
            'speed, ordered': ordered.speed,
            'speed, chaotic': chaotic.speed,
          },
        },
      ],
      claims: [
        decreasing({
          id: 'ordered',
          statement: `Below the edge of chaos (sigmaW ${p.ordered}) the spectral centroid of the output falls with depth (mean power of ${p.networks} networks).`,
          source,
          measured: ordered.measured,
          labels,
        }),
        increasing({
          id: 'chaotic',
          statement: `Above it (sigmaW ${p.chaotic}) the centroid rises with depth.`,
          source,
          measured: chaotic.measured,
          labels,
        }),
        below(2, {
          id: 'limit',
          statement:
            'Both are what infinite width says, within a factor of two (larger over smaller centroid, every depth; below the edge nearly all power is in one number a network, the constant).',
          source: 'Poole et al. 2016',
          measured: [ordered, chaotic].map(({ measured, limit }) =>
            measured.map((v, i) => Math.max(v / limit[i]!, limit[i]! / v)),
          ),
          labels,
        }),
        atLeast(10, {
          id: 'speed',
          statement: `At the greatest depth frequency ${p.high} is learnt at least ten times faster, relative to frequency 1, above the edge than below it (ratio of the ratios of NTK eigenvalues).`,
          source,
          measured: chaotic.speed[last]! / ordered.speed[last]!,
        }),
      ],
      figures: [
        panelsFigure({
          id: 'depths',
          title: 'Frequencies by depth, below and above the edge of chaos',
          caption:
            'Left: spectral centroid of random networks (points) and of infinite width (lines). Right: speed at which ' +
            `frequency ${p.high} is learnt relative to frequency 1, by the analytic NTK.`,
          panels: [
            {
              title: 'Spectral centroid of the output',
              x: { title: 'hidden layers' },
              y: { title: 'cycles a turn', log: true },
              lines: Object.entries(both).flatMap(([name, { measured, limit }], i) => [
                { name, x: p.depths, y: measured, mark: 'points' as const, color: categories[i]! },
                { name: `${name}, infinite width`, x: p.depths, y: limit, color: categories[i]! },
              ]),
            },
            {
              title: 'Relative learning speed',
              x: { title: 'hidden layers' },
              y: { title: `lambda(${p.high}) / lambda(1)`, log: true },
              lines: Object.entries(both).map(([name, { speed }], i) => ({
                name,
                x: p.depths,
                y: speed,
                mark: 'both' as const,
                color: categories[i]!,
              })),
            },
          ],
        }),
        panelsFigure({
          id: 'outputs',
          title: `Random networks of ${p.depths[last]} hidden layers`,
          caption: 'One network each, around the circle.',
          panels: Object.entries(both).map(([name, { deepest }]) => ({
            title: name,
            x: { title: 'angle (radians)' },
            y: { title: 'output' },
            lines: [{ name, x: period(0, 2 * Math.PI, p.points), y: deepest.data }],
          })),
        }),
      ],
    };
  },
});

/** Mean frequency of power at k = 0, 1, ... */
const centroid = (power: readonly number[]): number =>
  power.reduce((sum, v, k) => sum + v * k, 0) / power.reduce((sum, v) => sum + v, 0);
