/**
 * How the eigenvalues of tangent kernels fall with frequency, on the circle and the sphere: ReLU by a power law, erf and
 * tanh faster than any power, against closed forms where there are some.
 *
 * On equispaced points of the circle a kernel that depends on the angle t alone is circulant, and its eigenvalues are the
 * cosine sums of one row: `lambda_k = N sum_m c_|k + m N|`, c_k the Fourier coefficients of K(t). On the sphere S^2 a
 * kernel of u = cos t has `lambda_k = (1/2) int K(u) P_k(u) du` (Funk and Hecke).
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import { atMost, between, decreasing, defineExperiment, increasing } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { analyticKernel, empiricalNtk, fitDecay, kernelRates } from '../../kernels/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { circulantEigenvalues } from '../../spectrum/index.js';

const source = 'Seed 003, spectral bias; Basri et al. 2019, Bietti and Mairal 2019';

/** `depth` hidden layers on two or three inputs, in the `ntk` parameterisation. */
function network(fn: 'relu' | 'erf' | 'tanh', input: number, depth: number, sigmaW: number, sigmaB: number, units = 1) {
  const dense = (width: number) => ({ type: 'dense', units: width, parameterization: 'ntk', sigmaW, sigmaB }) as const;
  const hidden = Array.from({ length: depth }, () => [dense(units), { type: 'activation', fn } as const]).flat();
  return { input, layers: [...hidden, dense(1)] } satisfies NetworkSpec;
}

/** Points of the circle at these angles. */
const circle = (angles: readonly number[]): number[][] => angles.map((t) => [Math.cos(t), Math.sin(t)]);

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
  for (let j = 0; j < n; j++) {
    const t = (Math.PI * (j + 0.5)) / n;
    const [u, weight] = [Math.cos(t), (kernel[j]! * Math.sin(t) * Math.PI) / (2 * n)];
    let [before, now] = [0, 1];
    for (let k = 0; k < count; k++) {
      sums[k]! += weight * now;
      [before, now] = [now, ((2 * k + 1) * u * now - k * before) / (k + 1)];
    }
  }
  return sums;
}

export const eigenvalueDecay = defineExperiment({
  id: 'eigenvalue-decay',
  title: 'Eigenvalues of tangent kernels fall with frequency',
  source,
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
    width: z.int().min(1).default(16_384).describe('width of the finite network'),
  }),
  presets: { quick: {}, paper: { points: 8192, nodes: 100_000, depths: [1, 2, 3, 4, 6], width: 65_536 } },
  seconds: { quick: 3, paper: 10 },
  run: async ({ parameters, seed, signal, progress }) => {
    const { points: n, nodes, depths, band, width } = parameters;
    const angles = Array.from({ length: n }, (_, j) => (2 * Math.PI * j) / n);
    const around = circle(angles);
    const row = async (spec: NetworkSpec, layers?: (number | string)[]) =>
      (await analyticKernel(spec, [[1, 0]], around, { kernel: 'ntk', signal, ...(layers && { layers }) })).data;

    progress({ phase: 'closed forms on the circle' });
    // Inner products are means over the two coordinates: twice the kernel is the textbook's.
    const hidden = await row(network('relu', 2, 1, 1, 0), ['layers.0.weight']);
    // A trained bias that starts at zero adds the mean of f' f': the bias block of a vanishing sigmaB, over sigmaB^2.
    const tiny = 1e-6;
    const slope = await row(network('relu', 2, 1, 1, tiny), ['layers.0.bias']);
    const plain = cosineSums(
      Float64Array.from(hidden, (v) => 2 * v),
      40,
    );
    const biased = cosineSums(
      Float64Array.from(hidden, (v, j) => v + slope[j]! / (2 * tiny * tiny)),
      40,
    );
    const modes = [0, 1, 2, 4, 6, 8];
    const all = Array.from({ length: 10 }, (_, k) => k);
    const relative = (got: number[], k: number, bias: boolean) => Math.abs(got[k]! / folded(k, n, bias) - 1);

    progress({ phase: 'a finite network' });
    const few = Array.from({ length: 64 }, (_, j) => (2 * Math.PI * j) / 64);
    const model = createModel(network('relu', 2, 1, 1, 0, width), { seed, dtype: 'f64' });
    const gram = await empiricalNtk(model, circle(few), undefined, { layers: ['layers.0.weight'], signal });
    const low = [1, 2, 4];
    const measuredRates = kernelRates(
      gram,
      Float64Array.from(few, (t) => t / (2 * Math.PI)),
      Float64Array.from(low),
    );
    // rate = (2 / N) e^T K e = 2 lambda_k / N, of half the textbook's kernel.
    const empirical = low.map((k, i) => Math.abs(measuredRates.data[i]! / folded(k, 64, false) - 1));

    progress({ phase: 'decay of ReLU networks' });
    const fit = (values: number[]) => {
      const ks = Array.from({ length: band[1] - band[0] + 1 }, (_, i) => band[0] + i);
      return fitDecay(
        Float64Array.from(ks),
        Float64Array.from(ks, (k) => values[k]!),
        'power',
      );
    };
    const count = band[1] + 1;
    const arc = Array.from({ length: nodes }, (_, j) => (Math.PI * (j + 0.5)) / nodes);
    const meridian = arc.map((t) => [Math.cos(t), Math.sin(t), 0]);
    const onCircle: number[][] = [];
    const onSphere: number[][] = [];
    for (const depth of depths) {
      onCircle.push(cosineSums(await row(network('relu', 2, depth, Math.SQRT2, 0.5)), count));
      const spec = network('relu', 3, depth, Math.SQRT2, 0.5);
      const kernel = await analyticKernel(spec, [[1, 0, 0]], meridian, { kernel: 'ntk', signal });
      onSphere.push(legendreSums(kernel.data, count));
    }
    const [circleFits, sphereFits] = [onCircle.map(fit), onSphere.map(fit)];

    progress({ phase: 'decay of smooth networks' });
    const smooth: Record<string, number[]> = {};
    for (const fn of ['erf', 'tanh'] as const) smooth[fn] = cosineSums(await row(network(fn, 2, 1, 2, 0)), 14);
    const odd = [1, 3, 5, 7, 9, 11];
    const steepness = Object.values(smooth).map((values) =>
      odd.slice(1).map((k, i) => Math.log(values[odd[i]!]! / values[k]!) / Math.log(k / odd[i]!)),
    );
    const even = Object.values(smooth).map((values) => [2, 4, 6, 8].map((k) => Math.abs(values[k]! / values[1]!)));

    const names = depths.map((d) => `${d} hidden`);
    const ks = Array.from({ length: count - 1 }, (_, i) => i + 1);
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
          source: 'c_0 = 1/pi^2, c_1 = 1/8, even k (k^2+1)/(pi^2 (k^2-1)^2)',
          measured: modes.map((k) => relative(plain, k, false)),
          labels: modes.map((k) => `k = ${k}`),
        }),
        atMost(1e-10, {
          id: 'odd-modes-vanish',
          statement: 'Without bias the odd frequencies from 3 on have eigenvalue zero (relative to that of k = 1).',
          source,
          measured: [3, 5, 7, 9].map((k) => Math.abs(plain[k]! / plain[1]!)),
          labels: ['k = 3', 'k = 5', 'k = 7', 'k = 9'],
        }),
        atMost(1e-6, {
          id: 'bias-closed-form',
          statement: 'With a bias that starts at zero and is trained, every frequency has its closed-form eigenvalue.',
          source: 'odd k >= 3: 1/(2 pi^2 k^2)',
          measured: all.map((k) => relative(biased, k, true)),
          labels: all.map((k) => `k = ${k}`),
        }),
        atMost(0.05, {
          id: 'finite-width',
          statement: 'A finite network of large width has these eigenvalues within 5 %.',
          source,
          measured: empirical,
          labels: low.map((k) => `k = ${k}`),
        }),
        between(1.8, 2.2, {
          id: 'relu-circle',
          statement: 'On the circle ReLU kernels decay as k^-2, at every depth (fitted exponent).',
          source,
          measured: circleFits.map((f) => f.exponent),
          labels: names,
        }),
        between(2.8, 3.2, {
          id: 'relu-sphere',
          statement: 'On the sphere S^2 ReLU kernels decay as k^-3, at every depth (fitted exponent).',
          source,
          measured: sphereFits.map((f) => f.exponent),
          labels: names,
        }),
        increasing({
          id: 'smooth-faster-than-powers',
          statement: 'erf and tanh decay faster than any power: the local exponent grows with k.',
          source,
          measured: steepness,
          labels: odd.slice(1).map((k, i) => `${odd[i]} to ${k}`),
        }),
        atMost(1e-10, {
          id: 'even-modes-vanish',
          statement: 'erf and tanh without bias see no even frequency (relative to k = 1).',
          source,
          measured: even,
          labels: ['k = 2', 'k = 4', 'k = 6', 'k = 8'],
        }),
        decreasing({
          id: 'falls',
          statement: 'The eigenvalues of deep ReLU networks fall with frequency.',
          source,
          measured: onCircle.map((values) => values.slice(1, 20)),
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
            ...Object.entries(smooth).map(([name, values]) => ({
              name,
              x: odd,
              y: odd.map((k) => values[k]!),
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
