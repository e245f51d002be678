/**
 * How the eigenvalues of tangent kernels fall with frequency, on the circle and the sphere: ReLU by a power law, erf and
 * tanh faster than any power, against closed forms where there are some.
 *
 * On equispaced points of the circle a kernel that depends on the angle t alone is circulant, and its eigenvalues are the
 * cosine sums of one row: `lambda_k = N sum_m c_|k + m N|`, c_k the Fourier coefficients of K(t). On the sphere S^2 a
 * kernel of u = cos t has `lambda_k = (1/2) int K(u) P_k(u) du` (Funk and Hecke).
 *
 * All but the finite network is analytic: no draw enters it. Controls are there where one thing can be changed: a bias, the
 * sphere's dimension, the activation. The finite network is compared by its sorted eigenvalues; until 0.1.0 it was by the mean
 * over shifts at a frequency, which is the closed form times the mean square of the output weights at any width, since
 * every hidden unit is the same function turned.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { at } from '../../core/reading.js';
import { atMost, between, common, decreasing, defineExperiment, increasing } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { analyticKernel, empiricalNtk, fitDecay } from '../../kernels/index.js';
import { eigvalsh } from '../../linalg/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { circulantEigenvalues } from '../../spectrum/index.js';
import { period } from '../support/arrays.js';
import { circlePoints, range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';

const basri = cite('basri2019');
const bietti = cite('bietti2019');

/** The frequencies of the closed-form kernel's largest eigenvalues, falling, the pairs of sine and cosine twice. */
const leading = [1, 1, 0, 2, 2, 4, 4];

/** The closed-form coefficients of one hidden ReLU layer of which only that layer is trained. */
function coefficient(k: number, bias: boolean): number {
  const pi2 = Math.PI ** 2;
  if (bias) {
    if (k === 0) return 1 / (2 * pi2) + 1 / 8;
    if (k === 1) return 1 / (2 * pi2) + 1 / 16;
    return k % 2 === 0 ? (k * k + 1) / (2 * pi2 * (k * k - 1) ** 2) : 1 / (2 * pi2 * k * k);
  }
  if (k === 1) return 1 / 8;
  return k % 2 === 0 ? (k * k + 1) / (pi2 * (k * k - 1) ** 2) : 0;
}

/** lambda_k / N of N equispaced points: the coefficients that alias to k. */
function folded(k: number, n: number, bias: boolean): number {
  const terms = 100_000;
  let sum = 0;
  for (let m = -terms; m <= terms; m++) sum += coefficient(Math.abs(k + m * n), bias);
  // Both tails together, by the integral of (1 or 1/2 of every second term) / (pi N m)^2.
  return sum + (bias ? 1 : k % 2 === 0 ? 2 : 0) / (Math.PI ** 2 * n * n * terms);
}

/** lambda_k / N for k below `count`, from the first row of a circulant kernel. */
const cosineSums = (row: Float32Array | Float64Array, count: number): number[] =>
  Array.from(circulantEigenvalues(row).re.subarray(0, count), (value) => value / row.length);

/** (1/2) int_0^pi K(t) P_k(cos t) sin t dt for k below `count`, by the midpoint rule. */
function legendreSums(kernel: ArrayLike<number>, count: number): number[] {
  const n = kernel.length;
  const sums = new Array<number>(count).fill(0);
  for (const [j, value] of Array.from(kernel).entries()) {
    const t = (Math.PI * (j + 0.5)) / n;
    const [u, weight] = [Math.cos(t), (value * Math.sin(t) * Math.PI) / (2 * n)];
    let [before, now] = [0, 1];
    for (const [k, sum] of sums.entries()) {
      sums[k] = sum + weight * now;
      [before, now] = [now, ((2 * k + 1) * u * now - k * before) / (k + 1)];
    }
  }
  return sums;
}

export const eigenvalueDecay = defineExperiment({
  id: 'eigenvalue-decay',
  title: 'Eigenvalues of tangent kernels fall with frequency',
  source: [basri, bietti, cite('notesFourier')].join('; '),
  statement:
    'The eigenvalues of the NTK fall with frequency: for ReLU as k^-d on the sphere S^(d-1) (k^-2 on the circle), for erf ' +
    'and tanh faster than any power of k. Without biases one hidden ReLU layer cannot see odd frequencies from 3 on, ' +
    'and odd activations see no even ones.',
  formula:
    'K(t) = cos t (π − |t|) / 2π:  c_0 = 1/π^2,  c_1 = 1/8,  even c_k = (k^2 + 1) / (π^2 (k^2 − 1)^2),  odd c_k = 0 from 3 on',
  parameters: z.object({
    points: z.int().min(64).multipleOf(2).default(2048).describe('points on the circle'),
    nodes: z.int().min(1000).default(20_000).describe('quadrature nodes on the sphere'),
    depths: z.array(z.int().min(1)).min(1).default([1, 2, 3]).describe('hidden layers of the ReLU networks'),
    band: z
      .tuple([z.int().min(2), z.int()])
      .default([12, 60])
      .describe('frequencies of the power-law fits'),
    width: z.int().min(1).default(16_384).describe('width of the finite networks'),
    narrow: z.int().min(1).default(16).describe('width of the networks of the control'),
    networks: common.networks(),
  }),
  presets: { quick: {}, paper: { points: 8192, nodes: 100_000, depths: [1, 2, 3, 4, 6], width: 65_536 } },
  seconds: { quick: 3, paper: 10 },

  async measure({ parameters: p, seeds, signal, progress }) {
    const around = circlePoints(p.points);
    const row = async (spec: NetworkSpec, layers?: (number | string)[]) =>
      (await analyticKernel(spec, [[1, 0]], around, { kernel: 'ntk', signal, ...(layers && { layers }) })).data;
    const relu = { input: 2, width: 1, activation: 'relu' } as const;
    const one = { ...relu, depth: 1, sigmaW: 1 } as const;

    progress({ phase: 'closed forms on the circle' });
    // Inner products are means over the two coordinates: twice the kernel is the textbook's.
    const hidden = await row(ntkNetwork(one), ['layers.0.weight']);
    // A trained bias that starts at zero adds the mean of f' f': the bias block of a vanishing sigmaB, over sigmaB^2.
    const tiny = 1e-6;
    const slope = await row(ntkNetwork({ ...one, sigmaB: tiny }), ['layers.0.bias']);
    const plain = cosineSums(
      hidden.map((v) => 2 * v),
      40,
    );
    const biased = cosineSums(
      hidden.map((v, j) => v + at(slope, j) / (2 * tiny * tiny)),
      40,
    );

    // Relative errors of the largest eigenvalues, of half the textbook's kernel.
    const few = circlePoints(64);
    const finite = async (width: number, seed: number): Promise<number[]> => {
      const model = createModel(ntkNetwork({ ...one, width }), { seed, dtype: 'f64' });
      const gram = await empiricalNtk(model, few, undefined, { layers: ['layers.0.weight'], signal });
      const values = (await eigvalsh(gram, { signal })).data;
      const largest = Array.from(values).sort((a, b) => b - a);
      return leading.map((k, i) => Math.abs(at(largest, i) / (32 * folded(k, 64, false)) - 1));
    };
    const errors: { wide: number[][]; narrow: number[][] } = { wide: [], narrow: [] };
    for (const seed of seeds(p.networks)) {
      progress({ phase: 'finite networks' });
      errors.wide.push(await finite(p.width, seed));
      errors.narrow.push(await finite(p.narrow, seed));
    }

    progress({ phase: 'decay of ReLU networks' });
    const count = p.band[1] + 1;
    const meridian = period(0, Math.PI, p.nodes)
      .map((t) => t + Math.PI / (2 * p.nodes))
      .map((t) => [Math.cos(t), Math.sin(t), 0]);
    const onCircle: number[][] = [];
    const onSphere: number[][] = [];
    for (const depth of p.depths) {
      onCircle.push(cosineSums(await row(ntkNetwork({ ...relu, depth, sigmaB: 0.5 })), count));
      const spec = ntkNetwork({ ...relu, input: 3, depth, sigmaB: 0.5 });
      const kernel = await analyticKernel(spec, [[1, 0, 0]], meridian, { kernel: 'ntk', signal });
      onSphere.push(legendreSums(kernel.data, count));
    }

    progress({ phase: 'decay of smooth networks' });
    const smooth = [];
    for (const activation of ['erf', 'tanh'] as const) {
      const sums = async (sigmaB: number) =>
        cosineSums(await row(ntkNetwork({ ...one, activation, sigmaW: 2, sigmaB })), 14);
      smooth.push({ activation, values: await sums(0), withBias: await sums(1) });
    }
    return { plain, biased, errors, onCircle, onSphere, smooth };
  },

  present({ plain, biased, errors, onCircle, onSphere, smooth }, p) {
    const { points: n, depths, band } = p;
    const modes = [0, 1, 2, 4, 6, 8];
    const all = range(0, 9);
    const relative = (got: number[], k: number, bias: boolean) => Math.abs(at(got, k) / folded(k, n, bias) - 1);
    const toFirst = (values: number[], list: number[]) => list.map((k) => Math.abs(at(values, k) / at(values, 1)));
    const fit = (values: number[]) => {
      const ks = range(...band);
      return fitDecay(
        ks,
        ks.map((k) => at(values, k)),
        'power',
      );
    };
    const [circleFits, sphereFits] = [onCircle.map(fit), onSphere.map(fit)];
    const onCircleExponents = circleFits.map((f) => f.exponent);
    const onSphereExponents = sphereFits.map((f) => f.exponent);
    const odd = [1, 3, 5, 7, 9, 11];
    const steepness = (values: number[]) =>
      odd.slice(1).map((k) => Math.log(at(values, k - 2) / at(values, k)) / Math.log(k / (k - 2)));
    const [oddModes, evenModes] = [
      [3, 5, 7, 9],
      [2, 4, 6, 8],
    ] as const;
    const names = depths.map((d) => `${d} hidden`);
    const ks = range(1, band[1]);
    const labels = (list: readonly number[]) => list.map((k) => `k = ${k}`);
    const closed = { none: 'a closed form' };
    return {
      metrics: {
        ...Object.fromEntries(circleFits.map((f, i) => [`circleExponent${depths[i]}`, f.exponent])),
        ...Object.fromEntries(sphereFits.map((f, i) => [`sphereExponent${depths[i]}`, f.exponent])),
      },
      tables: [
        {
          id: 'exponents',
          title: 'Power laws of ReLU kernels, with 95 % intervals',
          columns: {
            'hidden layers': [...depths, ...depths],
            domain: [...depths.map(() => 'circle'), ...depths.map(() => 'sphere')],
            exponent: [...circleFits, ...sphereFits].map((f) => f.exponent),
            low: [...circleFits, ...sphereFits].map((f) => f.low),
            high: [...circleFits, ...sphereFits].map((f) => f.high),
          },
        },
      ],
      claims: [
        atMost(1e-6, {
          id: 'circle-closed-form',
          statement:
            'One hidden ReLU layer without bias, only it trained: eigenvalues are the closed form (relative error).',
          source: bietti,
          measured: modes.map((k) => relative(plain, k, false)),
          labels: labels(modes),
          control: closed,
        }),
        atMost(1e-10, {
          id: 'odd-modes-vanish',
          statement: 'Without bias the odd frequencies from 3 on have eigenvalue zero (relative to that of k = 1).',
          source: basri,
          measured: toFirst(plain, [...oddModes]),
          labels: labels(oddModes),
          control: { id: 'bias', statement: 'with a bias', measured: toFirst(biased, [...oddModes]) },
        }),
        atMost(1e-6, {
          id: 'bias-closed-form',
          statement: 'With a bias that starts at zero and is trained, every frequency has its closed-form eigenvalue.',
          source: basri,
          measured: all.map((k) => relative(biased, k, true)),
          labels: labels(all),
          control: closed,
        }),
        atMost(0.05, {
          id: 'finite-width',
          statement: `The ${leading.length} largest eigenvalues of every one of ${p.networks} networks of width ${p.width} are within 5 % of these.`,
          source: cite('jacot2018'),
          measured: errors.wide,
          labels: labels(leading),
          control: { id: 'narrow', statement: `width ${p.narrow}`, measured: errors.narrow },
        }),
        between(1.8, 2.2, {
          id: 'relu-circle',
          statement: 'On the circle ReLU kernels decay as k^-2, at every depth (fitted exponent).',
          source: [basri, bietti].join('; '),
          measured: onCircleExponents,
          labels: names,
          control: { id: 'sphere', statement: 'the same networks on the sphere', measured: onSphereExponents },
        }),
        between(2.8, 3.2, {
          id: 'relu-sphere',
          statement: 'On the sphere S^2 ReLU kernels decay as k^-3, at every depth (fitted exponent).',
          source: bietti,
          measured: onSphereExponents,
          labels: names,
          control: { id: 'circle', statement: 'the same networks on the circle', measured: onCircleExponents },
        }),
        increasing({
          id: 'smooth-faster-than-powers',
          statement: 'erf and tanh decay faster than any power: the local exponent grows with k.',
          source: cite('notesFourier'),
          measured: smooth.map(({ values }) => steepness(values)),
          labels: odd.slice(1).map((k) => `${k - 2} to ${k}`),
          control: { id: 'relu', statement: 'ReLU', measured: onCircle.map(steepness) },
        }),
        atMost(1e-10, {
          id: 'even-modes-vanish',
          statement: 'erf and tanh without bias see no even frequency (relative to k = 1).',
          source: cite('fprinciple', 'an odd function of the input is learnt by an odd network'),
          measured: smooth.map(({ values }) => toFirst(values, [...evenModes])),
          labels: labels(evenModes),
          control: {
            id: 'bias',
            statement: 'with a bias',
            measured: smooth.map(({ withBias }) => toFirst(withBias, [...evenModes])),
          },
        }),
        decreasing({
          id: 'falls',
          statement: 'The eigenvalues of deep ReLU networks fall with frequency.',
          source: basri,
          measured: onCircle.map((values) => values.slice(1, 20)),
          control: { none: 'the analytic kernel: nothing is drawn or trained' },
        }),
      ],
      figures: [
        lineFigure({
          id: 'decay',
          title: 'Eigenvalues of tangent kernels by frequency, on the circle',
          caption:
            'ReLU falls by a power law with exponent 2 at every depth; erf and tanh (odd frequencies) exponentially.',
          x: { title: 'frequency k (passes a turn)', log: true },
          y: { title: 'eigenvalue / N', log: true },
          lines: [
            ...onCircle.map((values, i) => ({ name: `ReLU, ${names[i]}`, x: ks, y: values.slice(1) })),
            ...smooth.map(({ activation, values }) => ({
              name: activation,
              x: odd,
              y: odd.map((k) => at(values, k)),
              mark: 'both' as const,
            })),
          ],
        }),
        lineFigure({
          id: 'sphere',
          title: 'Eigenvalues of ReLU tangent kernels by harmonic degree, on the sphere',
          caption: 'The exponent is 3, one more than on the circle.',
          x: { title: 'degree k', log: true },
          y: { title: 'eigenvalue', log: true },
          lines: onSphere.map((values, i) => ({ name: `ReLU, ${names[i]}`, x: ks, y: values.slice(1) })),
        }),
      ],
    };
  },
});
