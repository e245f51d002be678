/**
 * Eigenvalues of tangent kernels on the hypercube {-1, 1}^d, by degree (Yang and Salman 2019).
 *
 * A kernel `Phi(x . y / d)` on all 2^d corners has the parities `chi_S(x) = prod_{i in S} x_i` as eigenvectors, and an eigenvalue that
 * depends on the degree |S| alone: with r the number of bits in which two corners differ and Krawtchouk's polynomials,
 *
 *     mu_k = 2^-d sum_r K_r(k) Phi(1 - 2 r / d),  K_r(k) = sum_j (-1)^j C(k, j) C(d - k, r - j),
 *
 * C(d, k) times. Degree is what frequency is on the circle: how many bits have to be flipped alone to change the value. With a bias
 * eigenvalues fall with the degree for ReLU at every depth. Two things are not so simple as "networks prefer low degrees". Without
 * bias one hidden ReLU layer has the eigenvalue zero at odd degrees from 3 on, which makes 4 faster than 3 (Yang and Salman prove the
 * fall within even and within odd degrees only; with a bias half as large as here 3 and 4 change places still where d is 6). And an
 * erf network with large weights gives its high degrees a larger share the deeper it is, up to a kernel that hardly prefers any
 * degree. (The share of ReLU networks rises with depth too, in the table, more slowly.)
 *
 * Wide networks learn the parities x_1, x_1 x_2, x_1 x_2 x_3, ... in this order. The second comes when its eigenvalue says (the first
 * does where it starts far from the level: an untrained network has up to 0.8 of it already); the third comes sooner (0.73 of the predicted step with 512 units), since by then the kernel has moved, and so does a fourth (0.56),
 * which lies so near the third that the order of these two depended on the level. The control sees other bits of the same corners,
 * the running products z_i = x_1 ... x_i, in which each of the targets has degree 1.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { at, rows } from '../../core/reading.js';
import {
  atMost,
  between,
  common,
  decreasing,
  defineExperiment,
  grid,
  increasing,
  orderClaim,
  passagesOf,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { analyticKernel } from '../../kernels/index.js';
import { eigvalsh } from '../../linalg/index.js';
import type { NetworkSpec } from '../../nets/index.js';
import { asColumn, mean, stacked } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';
import { errorCurves, passageTable } from '../support/order.js';

const yang = (place: string): string => cite('yang2019', place);

const parameters = z.object({
  bits: z.int().min(4).max(12).default(10).describe('d: all 2^d corners are samples'),
  degrees: z.int().min(2).max(8).default(3).describe('degrees 1 .. degrees of the targets'),
  depths: z.array(z.int().min(1)).min(2).default([1, 2, 4, 8]).describe('hidden layers of the analytic kernels'),
  large: z.number().positive().default(3).describe('sigmaW of the erf networks with large weights'),
  width: z.int().min(1).default(2048).describe('units of the trained networks, which have one hidden layer'),
  narrow: z.int().min(1).default(8).describe('units of the narrow ones'),
  fraction: z.number().positive().max(1).default(0.5).describe('learning rate, as a share of the largest stable one'),
  steps: common.steps(20_000),
  records: common.records(150),
  networks: common.networks(),
});

const views = ['own', 'products', 'narrow'] as const;
type View = (typeof views)[number];

export const hypercubeEigenvalues = defineExperiment({
  id: 'hypercube-eigenvalues',
  title: 'Eigenvalues on the hypercube, by degree',
  source: [yang('sections 3 and 4'), cite('notesEncoding', 'decay of the spectrum on hypersphere and hypercube')].join(
    '; ',
  ),
  statement:
    'On the corners of a hypercube the eigenvalues of a tangent kernel depend on the degree of the parity alone. With a bias those of ' +
    'ReLU networks fall with the degree, and parities are learnt from low to high degree. Without bias the ' +
    'fall is broken, and in deep erf networks with large weights the high degrees gain.',
  formula: 'K χ_S = 2^d μ_{|S|} χ_S,  μ_k = 2^{−d} Σ_r K_r(k) Φ(1 − 2r/d)',
  parameters,
  presets: { quick: { bits: 7, width: 512, steps: 3000, records: 80 }, paper: {} },
  seconds: { quick: 12, paper: 1500 },

  async measure(context) {
    const { parameters: p, seeds, signal, progress } = context;
    const { bits: d } = p;
    const corners = Array.from({ length: 2 ** d }, (_, c) => range(0, d - 1).map((i) => 1 - 2 * ((c >> i) & 1)));
    const products = corners.map((corner) => corner.map((_, i) => corner.slice(0, i + 1).reduce((a, b) => a * b, 1)));
    const relu = (depth: number, sigmaB = 1) => ntkNetwork({ input: d, depth, width: 1, activation: 'relu', sigmaB });
    const erf = (depth: number, sigmaW: number) =>
      ntkNetwork({ input: d, depth, width: 1, activation: 'erf', sigmaW, sigmaB: 0.5 });
    // One corner for each number of bits in which it differs from the first.
    const apart = range(0, d).map((r) => range(0, d - 1).map((i) => (i < r ? -1 : 1)));
    const byDegree = async (spec: NetworkSpec): Promise<number[]> => {
      const kernel = await analyticKernel(spec, [apart[0] ?? []], apart, { kernel: 'ntk', signal });
      return range(0, d).map((k) => eigenvalue(kernel.data, k));
    };
    progress({ phase: 'analytic kernels' });
    const fall = { bias: await all(p.depths, (depth) => byDegree(relu(depth))), none: await byDegree(relu(1, 0)) };
    const erfs = {
      large: await all(p.depths, (depth) => byDegree(erf(depth, p.large))),
      small: await all(p.depths, (depth) => byDegree(erf(depth, 1))),
    };
    // All eigenvalues, of corners as they are and with bits of unequal weight, against those of the formula.
    const spectra = [];
    for (const [i, depth] of p.depths.slice(0, 2).entries()) {
      const expected = range(0, d)
        .flatMap((k) => Array<number>(binomial(d, k)).fill(at(fall.bias[i] ?? [], k)))
        .sort((a, b) => a - b);
      const deviation = async (points: number[][]): Promise<number> => {
        const kernel = await analyticKernel(relu(depth), points, { kernel: 'ntk', signal });
        const { data } = await eigvalsh(kernel, { signal });
        return Math.max(...expected.map((value, j) => Math.abs(at(data, j) / (2 ** d * value) - 1)));
      };
      const weights = range(1, d).map((i) => Math.sqrt((2 * i) / (d + 1)));
      const uneven = corners.map((corner) => corner.map((bit, i) => bit * at(weights, i)));
      spectra.push({ depth, even: await deviation(corners), uneven: await deviation(uneven) });
    }

    const degrees = range(1, p.degrees);
    const parity = (k: number) => products.map((bit) => at(bit, k - 1));
    const parities = degrees.map(parity);
    const target = corners.map((_, c) => parities.reduce((sum, chi) => sum + at(chi, c), 0));
    const mu = await byDegree(network(d, 1));
    const learningRate = p.fraction / at(mu, 0);
    const trained = await trainAll(context, {
      cells: grid({ view: views, seed: seeds(p.networks) }),
      run: ({ view, seed }) => {
        const x = view === 'products' ? products : corners;
        return {
          seed,
          x,
          spec: network(d, view === 'narrow' ? p.narrow : p.width),
          probes: { output: { type: 'outputs', points: x } },
        };
      },
      shared: {
        y: asColumn(target),
        loss: 'mse',
        optimizer: { type: 'sgd', learningRate },
        steps: p.steps,
        record: { log: p.records },
      },
    });
    const fits = trained.map(({ view, steps, probes }) => ({
      view,
      steps,
      error: stacked(
        rows(probes.output.values).map((output) =>
          parities.map((chi) => Math.abs(mean(chi.map((sign, c) => sign * at(output, c))) - 1)),
        ),
      ),
    }));
    return { fall, erfs, spectra, degrees, rates: degrees.map((k) => 2 * learningRate * at(mu, k)), fits };
  },

  present({ fall, erfs, spectra, degrees, rates, fits }, p) {
    const of = (view: View) => fits.filter((fit) => fit.view === view);
    const labels = degrees.map((k) => `degree ${k}`);
    const level = 0.2;
    /** Passages over those at the rate of the eigenvalue, `(1 - rate)^s = level / (error at the start)`. */
    const toPredicted = (view: View): (number | null)[][] =>
      of(view).map((fit) => {
        const [start = new Float64Array()] = rows(fit.error);
        return passagesOf(fit, { level }).map((step, i) =>
          step === null ? null : step / (Math.log(level / at(start, i)) / Math.log1p(-at(rates, i))),
        );
      });
    const second = (view: View) => toPredicted(view).map((steps) => steps[1] ?? null);
    /** Share of the trace at degrees above half of the bits. */
    const highShare = (values: number[][]): number[] =>
      values.map((mu) => {
        const power = mu.map((value, k) => value * binomial(p.bits, k));
        return power.slice(Math.floor(p.bits / 2) + 1).reduce((a, b) => a + b, 0) / power.reduce((a, b) => a + b, 0);
      });
    const ks = range(0, p.bits);
    const depthNames = p.depths.map((depth) => `${depth} hidden`);
    const curve = (name: string, mu: number[]) => {
      const seen = ks.filter((k) => at(mu, k) > 1e-12 * at(mu, 0));
      return { name, x: seen, y: seen.map((k) => at(mu, k) / at(mu, 0)), mark: 'both' as const };
    };
    const [high, small, ofRelu] = [erfs.large, erfs.small, fall.bias].map(highShare);
    return {
      metrics: { high_share_erf: high?.at(-1) ?? null, high_share_relu: ofRelu?.at(-1) ?? null },
      claims: [
        atMost(1e-8, {
          id: 'by-degree',
          statement: `Each of the ${2 ** p.bits} eigenvalues is that of its degree by Krawtchouk's sum (largest relative difference).`,
          source: yang('section 3'),
          measured: spectra.map(({ even }) => even),
          labels: spectra.map(({ depth }) => `${depth} hidden`),
          control: {
            id: 'uneven',
            statement: 'bits of unequal weight, equal on average',
            measured: spectra.map(({ uneven }) => uneven),
          },
        }),
        decreasing({
          id: 'falls',
          statement: `With a bias the eigenvalues of ReLU networks fall with the degree, from 0 to ${p.bits}, at every depth.`,
          source: [yang('section 4: simplicity bias'), cite('notesEncoding', 'decay of the spectrum')].join('; '),
          measured: fall.bias,
          control: { id: 'no-bias', statement: 'one hidden layer without bias', measured: fall.none },
        }),
        increasing({
          id: 'deep-erf',
          statement: `Not in every network: in erf networks with sigmaW = ${p.large} the share of the trace at degrees above ${Math.floor(p.bits / 2)} rises with depth.`,
          source: yang('section 4: erf networks'),
          measured: high ?? [],
          labels: depthNames,
          control: { id: 'small', statement: 'erf networks with sigmaW = 1', measured: small ?? [] },
        }),
        orderClaim({
          id: 'low-degrees-first',
          statement: `Parities are learnt in the order of their degrees, in every one of ${p.networks} networks.`,
          source: cite('notesEncoding', 'eigenvalues and the speed of learning'),
          networks: of('own'),
          labels,
          control: {
            id: 'products',
            statement: 'the network sees running products of the bits, in which every target has degree 1',
            networks: of('products'),
          },
        }),
        between(0.75, 1.33, {
          id: 'rates',
          statement: 'Degree 2 is learnt when its eigenvalue says (step over the predicted one), in every network.',
          source: [cite('jacot2018'), yang('section 3')].join('; '),
          measured: second('own'),
          control: [
            { id: 'narrow', statement: `networks of width ${p.narrow}`, measured: second('narrow') },
            { id: 'products', statement: 'bits in which every target has degree 1', measured: second('products') },
          ],
        }),
      ],
      tables: [
        {
          id: 'eigenvalues',
          title: 'Eigenvalues by degree, over that of degree 0',
          columns: {
            degree: ks,
            multiplicity: ks.map((k) => binomial(p.bits, k)),
            ...Object.fromEntries(
              fall.bias.map((mu, i) => [`ReLU, ${depthNames[i]}`, mu.map((value) => value / at(mu, 0))]),
            ),
            'ReLU, 1 hidden, no bias': fall.none.map((value) => value / at(fall.none, 0)),
            ...Object.fromEntries(
              erfs.large.map((mu, i) => [`erf, ${depthNames[i]}`, mu.map((value) => value / at(mu, 0))]),
            ),
          },
        },
        passageTable(fits, {
          level,
          columns: { network: ({ view }) => view },
          component: ['degree', () => degrees],
        }),
      ],
      figures: [
        lineFigure({
          id: 'relu',
          title: 'Eigenvalues of ReLU networks by degree',
          caption: `On {-1, 1}^${p.bits}, over that of degree 0. Without bias those of odd degree from 3 on are zero and left out.`,
          x: { title: 'degree' },
          y: { title: 'eigenvalue', log: true },
          lines: [
            ...fall.bias.map((mu, i) => curve(`with bias, ${depthNames[i]}`, mu)),
            curve('no bias, 1 hidden', fall.none),
          ],
        }),
        lineFigure({
          id: 'erf',
          title: `Eigenvalues of erf networks with sigmaW = ${p.large}, by degree`,
          caption: 'Over that of degree 0: the deeper the network, the less it prefers low degrees.',
          x: { title: 'degree' },
          y: { title: 'eigenvalue', log: true },
          lines: erfs.large.map((mu, i) => curve(depthNames[i] ?? '', mu)),
        }),
        ...(['own', 'products'] as const).map((view) =>
          errorCurves(of(view), {
            id: `curves-${view}`,
            title:
              view === 'own'
                ? 'Relative error by degree'
                : 'The same targets, seen through running products of the bits',
            labels,
          }),
        ),
      ],
    };
  },
});

const network = (bits: number, width: number): NetworkSpec =>
  ntkNetwork({ input: bits, depth: 1, width, activation: 'relu', sigmaB: 1 });

/** One after the other. */
async function all<A, B>(list: readonly A[], make: (one: A) => Promise<B>): Promise<B[]> {
  const made: B[] = [];
  for (const one of list) made.push(await make(one));
  return made;
}

/** n over k. */
const binomial = (n: number, k: number): number =>
  k < 0 || k > n ? 0 : range(1, k).reduce((value, i) => Math.round((value * (n - k + i)) / i), 1);

/** mu_k of a kernel given by the number of bits that differ, `kernel[r]` for r from 0 to d. */
function eigenvalue(kernel: NdArray['data'], k: number): number {
  const d = kernel.length - 1;
  const krawtchouk = (r: number) =>
    range(0, k).reduce((sum, j) => sum + (-1) ** j * binomial(k, j) * binomial(d - k, r - j), 0);
  return range(0, d).reduce((sum, r) => sum + krawtchouk(r) * at(kernel, r), 0) / 2 ** d;
}
