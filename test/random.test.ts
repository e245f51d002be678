import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createModel,
  type Draw,
  defineExperiment,
  deriveSeeds,
  gaussianNoise,
  type LayerSpec,
  type NetworkSpec,
  noiseResponse,
  runExperiment,
  sampledNngp,
  spread,
} from '../src/index.js';

const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, v) => sum + v, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - ma, b[i]! - mb];
    [ab, aa, bb] = [ab + x * y, aa + x * x, bb + y * y];
  }
  return ab / Math.sqrt(aa * bb);
};

const n = 3000;
const inits = [
  { type: 'normal', std: 1 },
  { type: 'uniform', bound: 1 },
  { type: 'lecun', distribution: 'normal' },
  { type: 'lecun', distribution: 'uniform' },
  { type: 'glorot', distribution: 'normal' },
  { type: 'glorot', distribution: 'uniform' },
  { type: 'he', distribution: 'normal' },
  { type: 'he', distribution: 'uniform' },
  { type: 'pytorch' },
  { type: 'siren', omega: 30, first: true },
  { type: 'siren', omega: 30, first: false },
  { type: 'ntk' },
] as const;

describe('a draw is named by its seed and its stream', () => {
  it('noise of seed s has nothing of the weights of seed s, for every rule', () => {
    for (const seed of [0, 3, 101]) {
      const layers: LayerSpec[] = [
        { type: 'dense', units: n, init: { type: 'he' }, biasInit: { type: 'normal', std: 1 } },
        { type: 'dense', units: 1, parameterization: 'ntk', sigmaB: 1 },
      ];
      const drawn = inits.map((init) => {
        const model = createModel({ input: n, layers: [{ type: 'dense', units: 1, init }] }, { seed, dtype: 'f64' });
        return [JSON.stringify(init), model.parameters()['layers.0.weight']!.data] as const;
      });
      const model = createModel({ input: 1, layers }, { seed, dtype: 'f64' }).parameters();
      const conv = createModel(
        { input: [1, 9, 9], layers: [{ type: 'conv2d', filters: 60, kernel: 7, init: 'he' }, { type: 'flatten' }] },
        { seed, dtype: 'f64' },
      ).parameters();
      const features: LayerSpec = {
        type: 'fourierFeatures',
        frequencies: { count: n, distribution: 'normal', scale: 1, seed },
      };
      const own = createModel({ input: 1, layers: [features] }, { seed, dtype: 'f64' }).buffers();
      const all = [
        ...drawn,
        ...Object.entries(model)
          .filter(([, { data }]) => data.length === n)
          .map(([name, { data }]) => [name, data] as const),
        ['conv', conv['layers.0.weight']!.data] as const,
        ...Object.entries(own)
          .filter(([name]) => name.endsWith('frequencies'))
          .map(([name, { data }]) => [name, data] as const),
      ];
      expect(all.length).toBeGreaterThanOrEqual(inits.length + 5);
      for (const stream of ['noise', 'labels', 'weights']) {
        for (const [name, data] of all) {
          const noise = gaussianNoise(data.length, { seed, stream }).data;
          // Five standard errors of the correlation of what is independent.
          const bound = 5 / Math.sqrt(data.length / 2);
          expect(Math.abs(correlation(noise, data)), `${name} and ${stream} of ${seed}`).toBeLessThan(bound);
          // Uniform numbers of the same bits: each second one gives the radius of a pair of normal ones.
          const second = Array.from(data).filter((_, i) => i % 2 === 0);
          const radius = second.map((_, i) => Math.hypot(noise[2 * i]!, noise[2 * i + 1] ?? 0));
          expect(Math.abs(correlation(radius, second)), `${name} and ${stream} of ${seed}`).toBeLessThan(bound);
        }
      }
    }
  });

  it('has other numbers under another name, the same under the same', () => {
    const noise = gaussianNoise(3, { seed: 3 });
    // By an implementation in Python of the streams, the generator and the Box-Muller transformation.
    expect(Array.from(noise.data)).toEqual([
      expect.closeTo(0.5204489303917067, 14),
      expect.closeTo(1.1381242877499724, 14),
      expect.closeTo(0.6046149086168785, 14),
    ]);
    expect(gaussianNoise(3, { seed: 3, stream: 'noise' })).toEqual(noise);
    expect(gaussianNoise(3, { seed: 3, stream: 'labels' })).not.toEqual(noise);
    const response = noiseResponse('relu', { seed: 3, samples: 512 });
    expect(noiseResponse('relu', { seed: 3, samples: 512, stream: 'noise' })).toEqual(response);
    expect(noiseResponse('relu', { seed: 3, samples: 512, stream: 'labels' }).gain).not.toBe(response.gain);
  });

  it('no name and no seed begins as another does', () => {
    const first = new Set<number>();
    const streams = ['noise', 'labels', 'views', 'views 1', 'views 2', 'weights', 'batches', ' '];
    for (let seed = 0; seed < 1000; seed++) {
      for (const stream of streams) first.add(gaussianNoise(1, { seed, stream }).data[0]!);
    }
    expect(first.size).toBe(1000 * streams.length);
  });

  it('refuses what is no seed, no name, no count', () => {
    const wrong = (options: object) => () => gaussianNoise(1, options as never);
    expect(wrong({ seed: -1 })).toThrow(/seed: expected an integer of at least 0/);
    expect(wrong({ seed: 2 ** 53 })).toThrow(/seed/);
    expect(wrong({ seed: Number.NaN })).toThrow(/seed/);
    for (const stream of ['', 3, null, ['noise']])
      expect(wrong({ seed: 1, stream })).toThrow(/stream: expected a name/);
    expect(() => deriveSeeds(-1, 1)).toThrow(/seed/);
    expect(() => deriveSeeds(1.5, 1)).toThrow(/seed/);
    for (const count of [-1, 0.5, 2 ** 21, Number.NaN]) expect(() => deriveSeeds(1, count)).toThrow(/count/);
    expect(() => deriveSeeds(1, 1, '')).toThrow(/stream/);
    expect(deriveSeeds(1, 0)).toEqual([]);
  });
});

/** An experiment that gives the seeds and draws it was given. */
const asking = (found: { seeds: number[]; bands: number[]; draws: Draw[] }) =>
  defineExperiment({
    id: 'asking',
    title: 'Asks for seeds',
    source: 'this test',
    parameters: z.object({}),
    presets: { quick: {}, paper: {} },
    run: ({ seeds, random }) => {
      found.seeds.push(...seeds(5));
      found.bands.push(...seeds(5, 'bands'));
      found.draws.push(random('labels'), random('labels', 0), random('labels', 1));
      return {};
    },
  });

describe('seeds of a run', () => {
  it('are hashed: no network of a hundred runs is another one', async () => {
    const found = { seeds: [] as number[], bands: [] as number[], draws: [] as Draw[] };
    for (let seed = 0; seed < 100; seed++) await runExperiment(asking(found), { seed });
    const all = [...found.seeds, ...found.bands];
    expect(all).toHaveLength(1000);
    expect(new Set(all).size).toBe(1000);
    expect(all.every((seed) => Number.isSafeInteger(seed) && seed >= 100)).toBe(true);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
    const first = new Set(
      all.map(
        (seed) =>
          createModel({ input: 1, layers: [{ type: 'dense', units: 1 }] }, { seed }).parameters()['layers.0.weight']!
            .data[0],
      ),
    );
    // In f32 a thousand numbers of one size may meet by chance: 2^24 of them are there.
    expect(first.size).toBeGreaterThanOrEqual(999);
    const draws = found.draws.map((draw) => gaussianNoise(1, draw).data[0]);
    expect(new Set(draws).size).toBe(300);
  });

  it('are the same ever after, and more of them keep the first', () => {
    // From an implementation in Python's integers.
    expect(deriveSeeds(7, 2)).toEqual([1314599314294221, 5439809799305392]);
    expect(deriveSeeds(0, 3, 'networks')).toEqual([3149643900333113, 8851279850578417, 2676268582822560]);
    expect(deriveSeeds(7, 9).slice(0, 2)).toEqual(deriveSeeds(7, 2));
  });

  it('a sampled kernel of another seed has networks of its own', async () => {
    // With a linear network of one weight the kernel of one point is the mean of squared weights: with shared draws two
    // neighbouring seeds would agree but for two of 64.
    const spec: NetworkSpec = {
      input: 1,
      layers: [{ type: 'dense', units: 1, bias: false, parameterization: 'ntk' }],
    };
    const means: number[] = [];
    for (let seed = 0; seed < 24; seed++) {
      means.push((await sampledNngp(spec, [[1]], { draws: 64, seed })).mean.data[0]!);
    }
    const steps = means.slice(1).map((mean, i) => (mean - means[i]!) ** 2);
    const variance = 2 / 64;
    const step = steps.reduce((sum, v) => sum + v, 0) / steps.length;
    // Independent means differ by 2 variances on average; shared ones by 2 / 64 of that. The mean of 23 has a standard error
    // of about a third.
    expect(step / (2 * variance)).toBeGreaterThan(0.3);
    expect(spread(means).median).toBeCloseTo(1, 0);
  });
});
