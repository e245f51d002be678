/**
 * What composing layers does to frequencies: below the edge of chaos a deeper random network is nearer to a constant, above it a
 * rougher function; depth alone does neither (the notes say "smoother").
 *
 * A layer with weights of standard deviation sigmaW / sqrt(width) shrinks the difference of two inputs where sigmaW is
 * small (ordered phase) and stretches it where it is large (chaotic phase; Poole et al. 2016). The input runs once around
 * a circle. Two numbers say what becomes of the power: the share of the constant, and the spectral centroid of the rest, its
 * mean frequency weighted by power. In the ordered phase it is the share that changes: what is left beside the constant stays
 * at one cycle a turn at every depth (version 0.1.0 took one centroid with the constant in it, which fell for that reason
 * alone). The share grows a little above the edge too, to a tenth, so the claim is of how much is left beside it. In the chaotic
 * phase the centroid rises. The same networks with the other sigmaW are the control of each.
 *
 * Lines: infinite width, from the covariance of the outputs. Learning speed is read from the tangent kernel, as the eigenvalue at
 * a high frequency relative to that at frequency 1; it is exact, without networks.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { amplitudes, atLeast, atMost, defineExperiment } from '../../experiment/index.js';
import { categories, panelsFigure } from '../../figures/index.js';
import { analyticKernel } from '../../kernels/index.js';
import { createModel } from '../../nets/index.js';
import { period } from '../support/arrays.js';
import { circlePoints, eigenvaluesByFrequency, range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';

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

const phases = ['ordered', 'chaotic'] as const;

export const depthComposition = defineExperiment({
  id: 'depth-composition',
  title: 'Depth flattens below the edge of chaos and roughens above it',
  source: [cite('notesRank', 'section 4: depth as composition'), cite('poole2016'), cite('schoenholz2017')].join('; '),
  statement:
    'Composing more layers brings a random network nearer to a constant where its weights are small, and raises its ' +
    'frequencies where they are large; the tangent kernel, and with it the speed of learning, follows.',
  formula:
    'share of the constant = |ĥ(0)|^2 / Σ_k |ĥ(k)|^2,  centroid = Σ_{k>0} k |ĥ(k)|^2 / Σ_{k>0} |ĥ(k)|^2,  weights of standard deviation σ_w / √width',
  parameters,
  presets: { quick: { points: 128, depths: [1, 2, 4, 8], width: 128, networks: 50 }, paper: {} },
  seconds: { quick: 6, paper: 120 },

  async measure({ parameters: p, seeds, signal, progress }) {
    const x = circlePoints(p.points);
    const half = range(0, p.points / 2 - 1);
    // Both signs of a frequency hold its power; the constant has one.
    const signs = (k: number): number => (k === 0 ? 1 : 2);
    const cells = [];
    for (const phase of phases) {
      for (const depth of p.depths) {
        progress({ phase: `${phase}, depth ${depth}` });
        const network = (width: number) =>
          ntkNetwork({ input: 2, depth, width, activation: 'erf', sigmaW: p[phase], sigmaB: p.sigmaB });
        const power = half.map(() => 0);
        let output: number[] = [];
        for (const seed of seeds(p.networks)) {
          const { data } = await createModel(network(p.width), { seed }).predict(x, { signal });
          const amplitude = amplitudes({ data, shape: [1, p.points] }).data;
          for (const k of half) power[k] = (power[k] ?? 0) + signs(k) * (amplitude[k] ?? 0) ** 2;
          output = Array.from(data);
        }
        const covariance = await analyticKernel(network(1), x, undefined, { kernel: 'nngp', signal });
        const limit = eigenvaluesByFrequency(covariance, half).map((v, k) => signs(k) * Math.max(v, 0));
        const tangent = await analyticKernel(network(1), x, undefined, { kernel: 'ntk', signal });
        const [one = 1, high = 0] = eigenvaluesByFrequency(tangent, [1, p.high]);
        cells.push({ phase, depth, power, limit, speed: high / one, output });
      }
    }
    return { cells };
  },

  present({ cells }, p) {
    const of = (phase: string) => cells.filter((cell) => cell.phase === phase);
    const centroids = (phase: string) => of(phase).map(({ power }) => centroid(power));
    /** The number at the greatest depth over that at the smallest. */
    const growth = (values: number[]): number => (values.at(-1) ?? Number.NaN) / (values[0] ?? Number.NaN);
    const speeds = (phase: string) => of(phase).map(({ speed }) => speed);
    const labels = p.depths.map((depth) => `depth ${depth}`);
    const below = { id: 'ordered', statement: `the same below the edge (sigmaW ${p.ordered})` };
    const above = { id: 'chaotic', statement: `the same above the edge (sigmaW ${p.chaotic})` };
    // Larger over smaller: of the share what is left beside it, which is what tells two shares near 1 apart.
    const apart = (a: number, b: number): number => Math.max(a / b, b / a);
    const offLimit = (phase: string, read: (power: readonly number[]) => number) =>
      of(phase).map(({ power, limit }) => apart(read(power), read(limit)));
    const deepest = phases.flatMap((phase) => of(phase).slice(-1));
    const mean = `mean power of ${p.networks} networks`;
    return {
      metrics: {
        ordered_beside_constant: besideConstant(of('ordered').at(-1)?.power ?? []),
        chaotic_centroid: centroids('chaotic').at(-1) ?? null,
      },
      tables: [
        {
          id: 'depths',
          title: 'Random networks by depth: share of the constant, centroid of the rest, relative speed of learning',
          columns: {
            phase: cells.map(({ phase }) => phase),
            depth: cells.map(({ depth }) => depth),
            'share of the constant': cells.map(({ power }) => shareOfConstant(power)),
            'share, infinite width': cells.map(({ limit }) => shareOfConstant(limit)),
            centroid: cells.map(({ power }) => centroid(power)),
            'centroid, infinite width': cells.map(({ limit }) => centroid(limit)),
            speed: cells.map(({ speed }) => speed),
          },
        },
      ],
      claims: [
        atMost(0.1, {
          id: 'ordered',
          statement: `Below the edge of chaos (sigmaW ${p.ordered}) the part of the power beside the constant is at the greatest depth at most a tenth of that at the smallest (${mean}).`,
          source: cite('poole2016', 'the ordered phase'),
          measured: growth(of('ordered').map(({ power }) => besideConstant(power))),
          control: { ...above, measured: growth(of('chaotic').map(({ power }) => besideConstant(power))) },
        }),
        atLeast(2, {
          id: 'chaotic',
          statement: `Above it (sigmaW ${p.chaotic}) the centroid of the rest is at least twice as high at the greatest depth as at the smallest (${mean}).`,
          source: cite('poole2016', 'the chaotic phase'),
          measured: growth(centroids('chaotic')),
          control: { ...below, measured: growth(centroids('ordered')) },
        }),
        // The mean of 50 networks, of a power that few of them hold at the greatest depth below the edge.
        atMost(3, {
          id: 'limit',
          statement:
            'Both are what infinite width says, within a factor of 3 (larger over smaller, every depth): below the edge what is left beside the constant, above it the centroid.',
          source: cite('poole2016'),
          measured: [offLimit('ordered', besideConstant), offLimit('chaotic', centroid)],
          labels,
          control: {
            id: 'other-phase',
            statement: 'the infinite width of the other phase',
            measured: [
              of('ordered').map(({ power }, i) =>
                apart(besideConstant(power), besideConstant(of('chaotic')[i]?.limit ?? [])),
              ),
              of('chaotic').map(({ power }, i) => apart(centroid(power), centroid(of('ordered')[i]?.limit ?? []))),
            ],
          },
        }),
        atLeast(2, {
          id: 'speed',
          statement: `Above the edge frequency ${p.high} is learnt, relative to frequency 1, at least twice as fast at the greatest depth as at the smallest (ratio of NTK eigenvalues).`,
          source: cite('schoenholz2017'),
          measured: growth(speeds('chaotic')),
          control: { ...below, measured: growth(speeds('ordered')) },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'depths',
          title: 'Frequencies by depth, below and above the edge of chaos',
          caption:
            'Left and middle: random networks (points) and infinite width (lines). Right: speed at which ' +
            `frequency ${p.high} is learnt relative to frequency 1, by the analytic NTK.`,
          columns: 3,
          panels: [
            {
              title: 'What is left beside the constant',
              x: { title: 'hidden layers' },
              y: { title: 'share of the power', log: true },
              lines: phases.flatMap((name, i) => both(name, of(name), besideConstant, p.depths, i)),
            },
            {
              title: 'Spectral centroid of the rest',
              x: { title: 'hidden layers' },
              y: { title: 'cycles a turn', log: true },
              lines: phases.flatMap((name, i) => both(name, of(name), centroid, p.depths, i)),
            },
            {
              title: 'Relative learning speed',
              x: { title: 'hidden layers' },
              y: { title: `lambda(${p.high}) / lambda(1)`, log: true },
              lines: phases.map((name, i) => ({
                name,
                x: p.depths,
                y: speeds(name),
                mark: 'both' as const,
                ...(categories[i] !== undefined && { color: categories[i] }),
              })),
            },
          ],
        }),
        panelsFigure({
          id: 'outputs',
          title: `Random networks of ${p.depths.at(-1)} hidden layers`,
          caption: 'One network each, around the circle.',
          panels: deepest.map(({ phase, output }) => ({
            title: phase,
            x: { title: 'angle (radians)' },
            y: { title: 'output' },
            lines: [{ name: phase, x: period(0, 2 * Math.PI, p.points), y: output }],
          })),
        }),
      ],
    };
  },
});

/** Points of the networks and the line of infinite width, by depth. */
function both(
  name: string,
  cells: readonly { power: readonly number[]; limit: readonly number[] }[],
  read: (power: readonly number[]) => number,
  depths: readonly number[],
  i: number,
) {
  const color = categories[i] === undefined ? {} : { color: categories[i] };
  return [
    { name, x: depths, y: cells.map(({ power }) => read(power)), mark: 'points' as const, ...color },
    { name: `${name}, infinite width`, x: depths, y: cells.map(({ limit }) => read(limit)), ...color },
  ];
}

const total = (power: readonly number[]): number => power.reduce((sum, v) => sum + v, 0);

/** Of power at k = 0, 1, ... the part that is not at 0. */
const besideConstant = (power: readonly number[]): number => total(power.slice(1)) / total(power);
const shareOfConstant = (power: readonly number[]): number => (power[0] ?? 0) / total(power);

/** Mean frequency of the power beside the constant. */
const centroid = (power: readonly number[]): number =>
  power.reduce((sum, v, k) => sum + v * k, 0) / total(power.slice(1));
