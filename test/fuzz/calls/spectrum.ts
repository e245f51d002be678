/** Valid calls of the spectrum functions. */
import type { Kit, Table } from '../entry.js';
import { array, ascending, input, positive, signal } from '../values.js';

const norm = (kit: Kit) => kit.random.pick(['backward', 'ortho', 'forward']);
const threads = (kit: Kit) => kit.random.int(1, 2);
const activation = (kit: Kit): unknown =>
  kit.random.pick<unknown>(['relu', 'tanh', 'gelu', { fn: 'leakyRelu', slope: 0.1 }, { fn: 'sin', omega: 2 }]);
const shape = (kit: Kit): number[] => kit.random.pick([[8], [7], [3, 8], [2, 4, 5]]);
const line = (kit: Kit) => kit.some({ n: kit.random.int(4, 12), axis: -1, norm: norm(kit), threads: threads(kit) });
const plane = (kit: Kit) => kit.some({ size: [4, 6], axes: [0, 1], norm: norm(kit), threads: threads(kit) });
const odd = { pass: 'high', order: 3, shape: 'butterworth' } as const;
const frames = (kit: Kit) => ({
  length: 8,
  ...kit.some({ hop: 4, boundary: 'zeros', sampleRate: 2, threads: threads(kit) }),
  window: kit.random.pick<unknown>(['hann', 'hamming', { type: 'kaiser', beta: 4 }]),
});
const convolution = (kit: Kit) =>
  kit.some({ mode: kit.random.pick(['full', 'same', 'valid', 'circular']), method: 'fft', threads: threads(kit) });
const circulant = (kit: Kit) => kit.some({ from: 'row', threads: threads(kit) });
const trigonometric = (kit: Kit) => [input(kit, ...shape(kit)), { ...line(kit), type: kit.random.int(1, 4) }];
const points = (kit: Kit) => kit.random.pick([[6], [6, 1], [6, 2]]);
const dimension = (of: number[]): number[] => of.slice(1);

export const spectrum: Table = {
  fft: { args: (kit) => [signal(kit, ...shape(kit)), line(kit)] },
  ifft: { args: (kit) => [signal(kit, ...shape(kit)), line(kit)] },
  rfft: { args: (kit) => [input(kit, ...shape(kit)), line(kit)] },
  irfft: { args: (kit) => [signal(kit, 3, 5), 8, kit.some({ axis: 1, norm: norm(kit), threads: threads(kit) })] },
  fft2: { args: (kit) => [signal(kit, 4, 5), plane(kit)] },
  ifft2: { args: (kit) => [signal(kit, 4, 5), plane(kit)] },
  rfft2: { args: (kit) => [input(kit, 4, 5), plane(kit)] },
  irfft2: { args: (kit) => [signal(kit, 4, 4), [4, 6], kit.some({ norm: norm(kit), threads: threads(kit) })] },
  fftn: { args: (kit) => [signal(kit, 3, 4, 2), kit.some({ norm: norm(kit), axes: [0, 2], threads: threads(kit) })] },
  ifftn: { args: (kit) => [signal(kit, 3, 4), kit.some({ size: [3, 6], axes: [0, 1], norm: norm(kit) })] },
  rfftn: { args: (kit) => [input(kit, 3, 4), kit.some({ size: [3, 6], axes: [0, 1], norm: norm(kit) })] },
  irfftn: { args: (kit) => [signal(kit, 3, 4), [3, 6], kit.some({ axes: [0, 1], norm: norm(kit) })] },
  fftfreq: { args: (kit) => [kit.random.int(1, 9), 0.5] },
  rfftfreq: { args: (kit) => [kit.random.int(1, 9), 0.5] },
  // Permutations: they move what is not finite like the rest.
  fftshift: { args: (kit) => [signal(kit, 3, 4), kit.some({ axes: [0, 1] })], result: 'any' },
  ifftshift: { args: (kit) => [signal(kit, 3, 4), kit.some({ axes: [1] })], result: 'any' },
  amplitudeSpectrum: {
    args: (kit) => [input(kit, 2, 9), { sampleRate: 10, ...kit.some({ window: 'flattop', threads: threads(kit) }) }],
  },
  nudft: {
    args: (kit) => {
      const of = points(kit);
      const options = { tolerance: 1e-6, angular: true, normalize: false, threads: threads(kit) };
      return [input(kit, ...of), signal(kit, 6), input(kit, 4, ...dimension(of)), kit.some(options)];
    },
  },
  nufft1: {
    args: (kit) => {
      const [of, modes] = kit.random.pick([
        [[6], [8]],
        [
          [6, 2],
          [4, 5],
        ],
      ]);
      return [input(kit, ...of), signal(kit, 6), modes, kit.some({ tolerance: 1e-6, direction: 'inverse' })];
    },
  },
  nufft2: {
    args: (kit) => [input(kit, 6, 2), signal(kit, 4, 5), kit.some({ tolerance: 1e-6, direction: 'forward' })],
  },
  nufft3: {
    args: (kit) => [input(kit, 6, 1), signal(kit, 6), input(kit, 4, 1), kit.some({ tolerance: 1e-6, threads: 1 })],
  },
  convolve: { args: (kit) => [input(kit, 9), input(kit, 4), convolution(kit)] },
  correlate: { args: (kit) => [input(kit, 9), input(kit, 4), convolution(kit)] },
  circulant: { args: (kit) => [input(kit, 5), circulant(kit)] },
  circulantMultiply: { args: (kit) => [input(kit, 5), input(kit, 5), circulant(kit)] },
  circulantSolve: {
    args: (kit) => [[4, kit.random.unit(), 0.2, 0, 1], input(kit, 5), circulant(kit)],
  },
  circulantEigenvalues: { args: (kit) => [input(kit, 5), circulant(kit)] },
  frequencyResponse: {
    args: (kit) => [input(kit, 3, 3), [6, 8], kit.some({ shift: true, center: true, threads: threads(kit) })],
  },
  passband: { args: (kit) => [input(kit, 3, 3), [8, 8], 0.5] },
  spectrumWindow: {
    args: (kit) => [
      kit.random.pick<unknown>(['hann', 'blackman', { type: 'kaiser', beta: 3 }]),
      kit.random.int(4, 16),
      kit.some({ symmetric: true }),
    ],
  },
  stft: { args: (kit) => [input(kit, 2, 32), frames(kit)] },
  istft: {
    args: (kit) => [
      { re: array(kit, 5, 5).data, im: array(kit, 5, 5).data, shape: [5, 5] },
      { ...frames(kit), hop: 4 },
    ],
  },
  welch: {
    args: (kit) => [input(kit, 2, 32), kit.some({ length: 8, hop: 4, window: 'hann', sampleRate: 2, detrend: false })],
  },
  crossSpectralDensity: {
    args: (kit) => {
      const n = kit.random.int(16, 40);
      return [array(kit, n), array(kit, n), kit.some({ length: 8, hop: 4, nfft: 64, detrend: 'linear' })];
    },
  },
  coherence: {
    args: (kit) => {
      const n = kit.random.int(16, 40);
      return [array(kit, n), array(kit, n), kit.some({ length: 8, hop: 4, window: 'hamming', sampleRate: 2 })];
    },
    // Bytes are numbers, and so a window of its own.
    free: ['window'],
  },
  dct: { args: trigonometric },
  idct: { args: trigonometric },
  dst: { args: trigonometric },
  idst: { args: trigonometric },
  tone: { args: (kit) => [kit.random.int(2, 40), kit.some({ cycles: 2, amplitude: 0.5, phase: 1 })] },
  gaussianNoise: { args: (kit) => [kit.random.int(2, 40), { seed: 3, ...kit.some({ std: 0.5, stream: 'labels' }) }] },
  harmonics: { args: (kit) => [input(kit, 64), kit.some({ cycles: 2, count: 4 })] },
  fitDecay: {
    args: (kit) => [
      ascending(kit, 6).map((v) => v + 2),
      positive(kit, 6),
      kit.random.pick(['power', 'exponential']),
      kit.some({ confidence: 0.9 }),
    ],
  },
  activate: { args: (kit) => [activation(kit), input(kit, ...shape(kit))] },
  toneResponse: { args: (kit) => [activation(kit), kit.some({ amplitude: 2, samples: 256, count: 4 })] },
  noiseResponse: {
    args: (kit) => [activation(kit), { seed: 1, samples: 512, ...kit.some({ std: 2, stream: 'labels' }) }],
  },
  harmonicDecay: {
    args: (kit) => [
      'relu',
      { law: 'power', samples: 1024, ...kit.some({ amplitude: 2, highest: 16, confidence: 0.9 }) },
    ],
  },
  fourierSeries: { args: (kit) => [input(kit, 32), { count: 3, ...kit.some({ start: -0.5 }) }] },
  fourierTransform: { args: (kit) => [input(kit, 33), { start: -1, spacing: 0.1, frequencies: input(kit, 3) }] },
  bandEnergies: { args: (kit) => [input(kit, 8, 9), kit.some({ edges: [0.3, 0.6], axes: kit.random.int(1, 2) })] },
  relativeSpectralError: {
    args: (kit) => [
      signal(kit, 3, 4),
      signal(kit, 3, 4),
      kit.some({ compare: kit.random.pick(['complex', 'magnitude']) }),
    ],
    result: 'any',
  },
  gaussianFilter: {
    args: (kit) => [
      input(kit, 6, 2),
      input(kit, 6, 1),
      {
        deltas: [0.1, 0.5],
        ...kit.some({ outputs: input(kit, 6, 1), memoryLimit: 1e7, threads: 1, signal: kit.signal }),
      },
    ],
    // The error of a part that is zero is infinite or NaN.
    result: 'any',
  },
  firstComponent: { args: (kit) => [input(kit, 6, 3), kit.some({ threads: 1, signal: kit.signal })] },
  psnr: { args: (kit) => [input(kit, 4, 5), input(kit, 4, 5), 1], result: 'any' },
  radialSpectrum: { args: (kit) => [input(kit, 8, 9)] },
  angularSpectrum: { args: (kit) => [input(kit, 8, 9), kit.some({ sectors: 6 })] },
  convSingularValues: { args: (kit) => [input(kit, 2, 3, 3, 3), [6, 8], kit.some({ threads: 1, signal: kit.signal })] },
  spectralNorm: { args: (kit) => [input(kit, 4, 3), kit.some({ tolerance: 1e-4 })] },
  powerIteration: { args: (kit) => [input(kit, 4, 3), { start: input(kit, 3), iterations: 3 }] },
  // The condition number of a singular matrix is infinite.
  singularValues: { args: (kit) => [input(kit, 4, 3)], result: 'any' },
  spectralNormalize: { args: (kit) => [input(kit, 4, 3), kit.some({ norm: 2, tolerance: 1e-4 })] },
  spectralNormalizeAll: {
    args: (kit) => [
      { 'layers.0.weight': array(kit, 4, 3), 'layers.0.bias': array(kit, 4) },
      kit.some({ norm: 2, tolerance: 1e-4 }),
    ],
  },
  frequencyMask: {
    args: (kit) => [
      input(kit, 8, 9),
      kit.random.pick<object>([
        { cutoff: 0.3 },
        { cutoff: [0.2, 0.5], pass: 'band' },
        { cutoff: 0.3, axes: 2, ...odd },
      ]),
    ],
  },
  spectralDistance: { args: (kit) => [input(kit, 8), input(kit, 8)] },
};
