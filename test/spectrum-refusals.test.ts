/**
 * Bad input to every function of the spectrum, in one table: a function that is exported and not in it fails the test. Each case
 * must be refused by an FprincipleError whose message names the argument.
 */
import { describe, expect, test } from 'vitest';
import { type ComplexArray, FprincipleError, type NdArray } from '../src/index.js';
import * as spectrum from '../src/spectrum/index.js';

type Case = [call: () => unknown, code: string | string[], argument: RegExp];
type Name = {
  [K in keyof typeof spectrum]: (typeof spectrum)[K] extends (...a: never[]) => unknown ? K : never;
}[keyof typeof spectrum];

const SHAPE = 'INVALID_SHAPE';
const VALUE = 'INVALID_ARGUMENT';
const FINITE = 'NON_FINITE';
const LARGE = 'OVER_MEMORY_LIMIT';
const s = spectrum;

const empty = new Float64Array();
const nan = [1, Number.NaN, 2];
const nans = [
  [1, 2],
  [Number.NaN, 3],
];
const flat = [[], []] as number[][];
const none4: NdArray = { data: empty, shape: [0, 1, 1, 1] };
const nan4: NdArray = { data: Float64Array.of(Number.NaN), shape: [1, 1, 1, 1] };
/** Says that it holds a million million elements. */
const liar: NdArray = { data: Float64Array.of(1), shape: [1e6, 1e6] };
const nanComplex: ComplexArray = { re: Float64Array.of(1, 2), im: Float64Array.of(0, Number.NaN), shape: [2] };
const uneven: ComplexArray = { re: Float64Array.of(1, 2), im: Float64Array.of(0), shape: [2] };
const weight = [
  [1, 2],
  [3, 4],
];

/** What every function of one array refuses. */
const array = (run: (x: never) => unknown, name: RegExp, bad: { none: unknown; nan: unknown }): Case[] => [
  [() => run(bad.none as never), SHAPE, name],
  [() => run(liar as never), SHAPE, name],
  [() => run(bad.nan as never), FINITE, name],
  [() => run('text' as never), VALUE, name],
];
const line = { none: empty, nan };
const plane = { none: flat, nan: nans };

/** Transforms of complex arrays over the last axis or two. */
const complex = (run: (x: never) => unknown, bad: { none: unknown; nan: unknown }): Case[] => [
  ...array(run, /^x/, bad),
  [() => run(uneven as never), SHAPE, /^x/],
];

/** Cosine and sine transforms and their inverses. */
const trigonometric = (run: typeof s.dct): Case[] => [
  ...array((x) => run(x), /^x/, line),
  ...[0, 5, 1.5, '2'].map((type): Case => [() => run([1, 2], { type: type as 2 }), VALUE, /^type/]),
  [() => run([1, 2], { norm: 'l2' as 'ortho' }), VALUE, /^norm/],
  [() => run([1, 2], { axis: 1 }), VALUE, /^axis/],
  [() => run([1, 2], { n: 0 }), VALUE, /^n/],
  [() => run([1, 2], { n: 1e15 }), LARGE, /^n/],
  [
    () => run([1e308, 1e308], { type: 4, norm: run === s.dct || run === s.dst ? 'backward' : 'forward' }),
    FINITE,
    /^x.*overflow/,
  ],
];

const cases: Record<Name, Case[]> = {
  fft: [
    ...complex(s.fft, line),
    [() => s.fft(nanComplex), FINITE, /^x/],
    [() => s.fft([1, 2], { n: 1e15 }), LARGE, /^n/],
    [() => s.fft([1, 2], { n: 0 }), VALUE, /^n/],
    [() => s.fft([1, 2], { axis: 1 }), VALUE, /^axis/],
    [() => s.fft([1, 2], { axis: 0.5 }), VALUE, /^axis/],
    [() => s.fft2(weight, { axes: 1 as never }), VALUE, /^axes/],
    [() => s.fft([1, 2], { norm: 'l2' as 'ortho' }), VALUE, /^norm/],
    [() => s.fft([1, 2], { threads: -1 }), VALUE, /^threads/],
  ],
  ifft: [...complex(s.ifft, line), [() => s.ifft([1], { n: 1e15 }), LARGE, /^n/]],
  rfft: [...array(s.rfft, /^x/, line), [() => s.rfft([1], { n: 1e15 }), LARGE, /^n/]],
  irfft: [
    ...complex((x) => s.irfft(x), line),
    [() => s.irfft([1, 2], 1e15), LARGE, /^the result/],
    [() => s.irfft([1, 2], -1), VALUE, /^n/],
  ],
  fft2: [
    ...complex(s.fft2, plane),
    [() => s.fft2([1, 2]), SHAPE, /^x/],
    [() => s.fft2(weight, { size: [1e6, 1e6] }), LARGE, /^n/],
  ],
  ifft2: [...complex(s.ifft2, plane), [() => s.ifft2([1, 2]), SHAPE, /^x/]],
  rfft2: [
    ...array(s.rfft2, /^x/, plane),
    [() => s.rfft2([1, 2]), SHAPE, /^x/],
    [() => s.rfft2(weight, { size: [1e6, 1e6] }), LARGE, /^n/],
  ],
  irfft2: [...complex((x) => s.irfft2(x), plane), [() => s.irfft2(weight, [2, 1e15]), LARGE, /^the result/]],
  fftn: [...complex(s.fftn, plane), [() => s.fftn(weight, { size: [2] }), SHAPE, /^size/]],
  ifftn: [...complex(s.ifftn, plane), [() => s.ifftn(weight, { axes: [] }), VALUE, /^axes/]],
  rfftn: [...array(s.rfftn, /^x/, plane), [() => s.rfftn(weight, { axes: [2] }), VALUE, /^ax[ei]s/]],
  irfftn: [...complex((x) => s.irfftn(x), plane), [() => s.irfftn(weight, [2]), SHAPE, /^size/]],
  fftfreq: [
    [() => s.fftfreq(0), VALUE, /^n/],
    [() => s.fftfreq(Number.NaN), VALUE, /^n/],
    [() => s.fftfreq(1e12), LARGE, /^n/],
    [() => s.fftfreq(4, 0), VALUE, /^d/],
  ],
  rfftfreq: [
    [() => s.rfftfreq(-1), VALUE, /^n/],
    [() => s.rfftfreq(1e12), LARGE, /^n/],
    [() => s.rfftfreq(4, Number.NaN), VALUE, /^d/],
  ],
  fftshift: [
    [() => s.fftshift(empty), SHAPE, /^x/],
    [() => s.fftshift(liar), SHAPE, /^x/],
    [() => s.fftshift([1], { axes: [3] }), VALUE, /^axes/],
  ],
  ifftshift: [
    [() => s.ifftshift(empty), SHAPE, /^x/],
    [() => s.ifftshift([1], { axes: [3] }), VALUE, /^axes/],
  ],
  amplitudeSpectrum: [
    ...array((x) => s.amplitudeSpectrum(x, { sampleRate: 1 }), /^x/, line),
    [() => s.amplitudeSpectrum([1, 2], { sampleRate: Number.NaN }), VALUE, /^sampleRate/],
    [() => s.amplitudeSpectrum([1, 2], { sampleRate: 1, window: { type: 'kaiser', beta: Number.NaN } }), VALUE, /beta/],
  ],
  spectrumWindow: [
    [() => s.spectrumWindow('hann', 0), VALUE, /^n/],
    [() => s.spectrumWindow('hann', 1e12), LARGE, /^n/],
    [() => s.spectrumWindow('hat' as 'hann', 4), VALUE, /^window/],
    [() => s.spectrumWindow('hann', 4, { symmetric: 'yes' as never }), VALUE, /^symmetric/],
    [() => s.spectrumWindow({ type: 'kaiser', beta: -1 }, 4), VALUE, /beta/],
  ],
  nudft: [
    [() => s.nudft(empty, empty, [1]), SHAPE, /^points/],
    [() => s.nudft([1], [1], empty), SHAPE, /^frequencies/],
    [() => s.nudft([1, 2], [1], [1]), SHAPE, /^values/],
    [() => s.nudft(nan, [1, 2, 3], [1]), FINITE, /^points/],
    [() => s.nudft([1, 2, 3], nan, [1]), FINITE, /^values/],
    [() => s.nudft([1], [1], nan), FINITE, /^frequencies/],
    [() => s.nudft(liar, [1], [1]), SHAPE, /^points/],
    [() => s.nudft([1], [1], [1], { tolerance: Number.NaN }), VALUE, /^tolerance/],
  ],
  nufft1: [
    [() => s.nufft1(empty, empty, [4]), SHAPE, /^points/],
    [() => s.nufft1(nan, [1, 2, 3], [4]), FINITE, /^points/],
    [() => s.nufft1([1, 2, 3], nan, [4]), FINITE, /^values/],
    [() => s.nufft1([1], [1, 2], [4]), SHAPE, /^values/],
    [() => s.nufft1([1], [1], [0]), VALUE, /^modes/],
    [() => s.nufft1([1], [1], 4 as never), VALUE, /^modes/],
    [() => s.nufft1([1], [1], [2 ** 30]), LARGE, /modes/],
    [() => s.nufft1([1], [1], [4], { tolerance: -1 }), VALUE, /^tolerance/],
  ],
  nufft2: [
    [() => s.nufft2(empty, [1]), SHAPE, /^points/],
    [() => s.nufft2([1], empty), SHAPE, /^coefficients/],
    [() => s.nufft2(nan, [1]), FINITE, /^points/],
    [() => s.nufft2([1], nan), FINITE, /^coefficients/],
    [() => s.nufft2([[1, 2]], [1]), SHAPE, /^(points|coefficients)/],
  ],
  nufft3: [
    [() => s.nufft3(empty, empty, [1]), SHAPE, /^points/],
    [() => s.nufft3([1], [1], empty), SHAPE, /^frequencies/],
    [() => s.nufft3(nan, [1, 2, 3], [1]), FINITE, /^points/],
    [() => s.nufft3([1], [Number.NaN], [1]), FINITE, /^values/],
    [() => s.nufft3([1], [1], nan), FINITE, /^frequencies/],
    [() => s.nufft3([0, 1e12], [1, 1], [0, 1e12]), LARGE, /points|frequencies/],
  ],
  convolve: [
    ...array((a) => s.convolve(a, [1]), /^a/, line),
    ...array((b) => s.convolve([1], b), /^b/, line),
    [() => s.convolve([1], [[1]]), SHAPE, /^b/],
    [() => s.convolve([1, 2], [1, 2, 3], { mode: 'circular' }), SHAPE, /^b/],
    [() => s.convolve([1], [1], { method: 'magic' as 'fft' }), VALUE, /^method/],
  ],
  correlate: [
    ...array((a) => s.correlate(a, [1]), /^a/, line),
    ...array((b) => s.correlate([1], b), /^b/, line),
    [() => s.correlate([1], [1], { mode: 'half' as 'full' }), VALUE, /^mode/],
  ],
  circulant: [
    ...array((c) => s.circulant(c), /^c/, line),
    [() => s.circulant(new Float64Array(1e6)), LARGE, /^c/],
    [() => s.circulant([1], { from: 'diagonal' as 'row' }), VALUE, /^from/],
  ],
  circulantMultiply: [
    ...array((c) => s.circulantMultiply(c, [1, 2, 3]), /^c/, line),
    [() => s.circulantMultiply([1, 2, 3], nan), FINITE, /^x/],
    [() => s.circulantMultiply([1, 2], [1, 2, 3]), SHAPE, /^x/],
  ],
  circulantSolve: [
    ...array((c) => s.circulantSolve(c, [1, 2, 3]), /^c/, line),
    [() => s.circulantSolve([1, 0, 0], nan), FINITE, /^b/],
    [() => s.circulantSolve([1, 0], [1, 2, 3]), SHAPE, /^b/],
    [() => s.circulantSolve([1, 1], [1, 2]), VALUE, /^c/],
  ],
  circulantEigenvalues: array((c) => s.circulantEigenvalues(c), /^c/, line),
  frequencyResponse: [
    ...array((k) => s.frequencyResponse(k, [4, 4]), /^kernel/, plane),
    [() => s.frequencyResponse([[1, 2, 3]], [2, 2]), SHAPE, /^size/],
    [() => s.frequencyResponse([[1]], [1e6, 1e6]), LARGE, /^size/],
    [() => s.frequencyResponse([[1]], [0, 4]), VALUE, /^size/],
  ],
  passband: [
    ...array((k) => s.passband(k, [4, 4]), /^kernel/, plane),
    [() => s.passband([[1]], [1e6, 1e6]), LARGE, /^size/],
    [() => s.passband([[1]], undefined as never), VALUE, /^size/],
    [() => s.passband([[0]], [4, 4]), VALUE, /^kernel/],
    [() => s.passband([[1]], [4, 4], Number.NaN), VALUE, /^threshold/],
  ],
  dct: trigonometric(s.dct),
  idct: trigonometric(s.idct),
  dst: trigonometric(s.dst),
  idst: trigonometric(s.idst),
  stft: [
    ...array((x) => s.stft(x, { length: 2 }), /^x/, line),
    [() => s.stft([1, 2], { length: 2, boundary: 'even' as 'zeros' }), VALUE, /^boundary/],
    [() => s.stft([1, 2], { length: 1e15 }), LARGE, /^n/],
    [() => s.stft([1, 2], { length: Number.NaN }), VALUE, /^(length|hop)/],
    [() => s.stft([1, 2], undefined as never), VALUE, /^options/],
    [() => s.stft([1, 2], { length: 3 }), VALUE, /^length/],
    [() => s.stft([1, 2], { length: 2, hop: 0 }), VALUE, /^hop/],
    [() => s.stft([1, 2], { length: 2, sampleRate: 0 }), VALUE, /^sampleRate/],
  ],
  istft: [
    ...array((x) => s.istft(x, { length: 3 }), /^spectrum/, { none: flat, nan: nans }),
    [() => s.istft({ ...nanComplex, shape: [1, 2] }, { length: 3 }), FINITE, /^spectrum/],
    [() => s.istft(uneven, { length: 3 }), SHAPE, /^spectrum/],
    [() => s.istft([1, 2], { length: 3 }), SHAPE, /^spectrum/],
    [() => s.istft(weight, { length: 4 }), SHAPE, /^spectrum.*3 frequencies/],
    [() => s.istft(weight, { length: 3, hop: 4 }), VALUE, /^hop/],
    [() => s.istft(weight, { length: 2, hop: 2, window: 'hann' }), VALUE, /^hop/],
    [() => s.istft(weight, { length: 2, hop: 1e15 }), VALUE, /^hop/],
    [() => s.istft(weight, { length: 2, hop: 1, n: 4 }), VALUE, /^n: expected 1 to 3/],
    [() => s.istft(weight, { length: 2, hop: 1, n: Number.NaN }), VALUE, /^n/],
    [() => s.istft(weight, { length: 2, sampleRate: 0 }), VALUE, /^sampleRate/],
    [() => s.istft(weight, { length: 2, window: 'hat' as 'hann' }), VALUE, /^window/],
    [() => s.istft(weight, { length: 1e15 }), [VALUE, LARGE, SHAPE], /^(n|spectrum|length)/],
  ],
  welch: [
    ...array((x) => s.welch(x), /^x/, line),
    [() => s.welch([1, 2], { detrend: 'cubic' as never }), VALUE, /^detrend/],
    [() => s.welch([1, 2], { sampleRate: Number.NaN }), VALUE, /^sampleRate/],
    [() => s.welch([1, 2], { length: 3 }), VALUE, /^length/],
  ],
  crossSpectralDensity: [
    ...array((x) => s.crossSpectralDensity(x, x), /^x/, line),
    [() => s.crossSpectralDensity([1, 2], [1, Number.NaN]), FINITE, /^y/],
    [() => s.crossSpectralDensity([1, 2], 'text' as never), VALUE, /^y/],
    [() => s.crossSpectralDensity([1, 2], [1, 2, 3]), SHAPE, /^y/],
    [() => s.crossSpectralDensity([1, 2], [1, 2], { nfft: 1 }), VALUE, /^nfft/],
  ],
  coherence: [
    ...array((x) => s.coherence(x, x), /^x/, line),
    [() => s.coherence([1, 2], [1, 2, 3]), SHAPE, /^y/],
    [() => s.coherence([1, 2], [1, 2], { length: 3 }), VALUE, /^length/],
  ],
  fourierSeries: [
    ...array((x) => s.fourierSeries(x, { count: 1 }), /^samples/, { none: empty, nan: [1, Number.NaN] }),
    [() => s.fourierSeries([1, 2, 3, 4], { count: 1e9 }), VALUE, /^(count|samples)/],
    [() => s.fourierSeries([1, 2, 3, 4], { count: 0 }), VALUE, /^count/],
    [() => s.fourierSeries([1, 2, 3, 4], { count: 1, start: Number.NaN }), [FINITE, VALUE], /^start/],
  ],
  fourierTransform: [
    ...array((x) => s.fourierTransform(x, { start: 0, spacing: 1, frequencies: [0] }), /^samples/, line),
    [() => s.fourierTransform([1, 2, 3], { start: 0, spacing: 0, frequencies: [0] }), VALUE, /^spacing/],
    [() => s.fourierTransform([1, 2, 3], { start: 0, spacing: 1, frequencies: nan }), [FINITE, VALUE], /^frequencies/],
    [() => s.fourierTransform([1, 2, 3], { start: 0, spacing: 1, frequencies: empty }), SHAPE, /^frequencies/],
  ],
  bandEnergies: [
    ...array((x) => s.bandEnergies(x), /^x/, line),
    [() => s.bandEnergies([1, 2], { edges: [0.5, 0.2] }), VALUE, /^edges/],
    [() => s.bandEnergies([1, 2], { edges: [Number.NaN] }), VALUE, /^edges/],
    [() => s.bandEnergies([1, 2], { edges: 0.5 as never }), VALUE, /^edges/],
    [() => s.bandEnergies([1, 2], { axes: 2 }), SHAPE, /^x/],
  ],
  relativeSpectralError: [
    ...array((h) => s.relativeSpectralError(h, [1, 2, 3]), /^h/, line),
    ...array((f) => s.relativeSpectralError([1, 2, 3], f), /^(f|h)/, line),
    [() => s.relativeSpectralError([1], [1], { compare: 'phase' as 'complex' }), VALUE, /^compare/],
  ],
  tone: [
    [() => s.tone(0), VALUE, /^n/],
    [() => s.tone(1e12), LARGE, /^n/],
    [() => s.tone(4, { cycles: Number.NaN }), VALUE, /^cycles/],
    [() => s.tone(4, { amplitude: Number.POSITIVE_INFINITY }), VALUE, /^amplitude/],
  ],
  harmonics: [
    ...array((x) => s.harmonics(x, { count: 1 }), /^values/, line),
    [() => s.harmonics([1, 2, 3, 4], { count: 1e9 }), VALUE, /^(count|cycles|values)/],
    [() => s.harmonics([1, 2, 3, 4], { cycles: 0, count: 1 }), VALUE, /^cycles/],
  ],
  fitDecay: [
    ...array((f) => s.fitDecay(f, [1, 2, 3], 'power'), /^frequencies/, line),
    [() => s.fitDecay([1, 2, 3], nan, 'power'), FINITE, /^values/],
    [() => s.fitDecay([1, 2, 3], [1, 2], 'power'), SHAPE, /^values/],
    [() => s.fitDecay([1, 2, 3], [3, 2, 1], 'linear' as 'power'), VALUE, /^law/],
    [() => s.fitDecay([1, 2, 3], [3, 2, 1], 'power', { confidence: 1 }), VALUE, /^confidence/],
  ],
  gaussianNoise: [
    [() => s.gaussianNoise(0, { seed: 1 }), VALUE, /^n/],
    [() => s.gaussianNoise(1e12, { seed: 1 }), LARGE, /^n/],
    [() => s.gaussianNoise(4, { seed: Number.NaN }), VALUE, /^seed/],
    [() => s.gaussianNoise(4, { seed: 1, std: Number.NaN }), VALUE, /^std/],
  ],
  activate: [
    ...array((x) => s.activate('relu', x), /^x/, line),
    [() => s.activate('no such' as 'relu', [1]), VALUE, /activation/],
  ],
  toneResponse: [
    [() => s.toneResponse('no such' as 'relu'), VALUE, /activation/],
    [() => s.toneResponse('relu', { samples: 1e12 }), LARGE, /^n/],
    [() => s.toneResponse('relu', { amplitude: Number.NaN }), VALUE, /^amplitude/],
  ],
  noiseResponse: [
    [() => s.noiseResponse('relu', { seed: 1, samples: 0 }), VALUE, /^samples/],
    [() => s.noiseResponse('relu', { seed: 1, std: Number.NaN }), VALUE, /^std/],
    [() => s.noiseResponse('relu', { seed: 1, samples: 1e12 }), LARGE, /^n/],
  ],
  harmonicDecay: [
    [() => s.harmonicDecay('relu', { law: 'power', samples: 1e12 }), LARGE, /^n/],
    [() => s.harmonicDecay('relu', { law: 'power', amplitude: Number.NaN }), VALUE, /^amplitude/],
    [() => s.harmonicDecay('relu', { law: 'cubic' as 'power' }), VALUE, /^law/],
  ],
  psnr: [
    ...array((x) => s.psnr(x, [1, 2, 3]), /^image/, line),
    [() => s.psnr([1, 2, 3], nan), FINITE, /^reference/],
    [() => s.psnr([1], [1, 2]), SHAPE, /^(image|reference)/],
    [() => s.psnr([1], [1], 0), VALUE, /^peak/],
  ],
  carryingFrequencies: [
    ...array((x) => s.carryingFrequencies(x, [1, 2, 3]), /^points/, line),
    [() => s.carryingFrequencies([1, 2, 3], nan), FINITE, /^target/],
    [() => s.carryingFrequencies([1, 2], [1]), SHAPE, /^target/],
    [() => s.carryingFrequencies([[1, 2, 3, 4]], [1]), SHAPE, /^points/],
  ],
  radialSpectrum: array((x) => s.radialSpectrum(x), /^image/, plane),
  angularSpectrum: [
    ...array((x) => s.angularSpectrum(x), /^image/, plane),
    [() => s.angularSpectrum(weight, { sectors: 0 }), VALUE, /^sectors/],
  ],
  gaussianFilter: [
    ...array((x) => s.gaussianFilter(x, weight, { deltas: [1] }), /^points/, plane),
    ...array((y) => s.gaussianFilter(weight, y, { deltas: [1] }), /^target/, plane),
    [() => s.gaussianFilter(weight, weight, { deltas: [Number.NaN] }), VALUE, /^deltas/],
    [() => s.gaussianFilter(weight, weight, {} as never), VALUE, /^deltas/],
    [() => s.gaussianFilter(weight, weight, undefined as never), VALUE, /^options/],
    [() => s.gaussianFilter(weight, weight, { deltas: [1], outputs: nans }), FINITE, /^outputs/],
  ],
  firstComponent: array((x) => s.firstComponent(x), /^points/, plane),
  convSingularValues: [
    [() => s.convSingularValues({ data: Float64Array.of(1), shape: [1, 1, 1, 1] }, undefined as never), VALUE, /^size/],
    ...array((w) => s.convSingularValues(w, [4, 4]), /^weight/, { none: none4, nan: nan4 }),
    [
      () => s.convSingularValues({ data: Float64Array.of(1), shape: [1, 1, 1, 1] }, [1e6, 1e6]),
      LARGE,
      /^size|singular/,
    ],
  ],
  spectralNorm: [
    ...array((w) => s.spectralNorm(w), /^weight/, plane),
    [() => s.spectralNorm(weight, { tolerance: Number.NaN }), VALUE, /^tolerance/],
  ],
  powerIteration: [
    ...array((w) => s.powerIteration(w, { start: [1, 1], iterations: 2 }), /^weight/, plane),
    [() => s.powerIteration(weight, { start: [1, Number.NaN], iterations: 2 }), FINITE, /^start/],
    [() => s.powerIteration(weight, { start: [1], iterations: 2 }), SHAPE, /^start/],
    [() => s.powerIteration(weight, { start: [1, 1], iterations: 1e15 }), [VALUE, LARGE], /^iterations/],
  ],
  singularValues: array((w) => s.singularValues(w), /^weight/, plane),
  spectralNormalize: [
    ...array((w) => s.spectralNormalize(w), /^weight/, plane),
    [() => s.spectralNormalize(weight, { norm: Number.NaN }), VALUE, /^norm/],
  ],
  spectralNormalizeAll: [
    [() => s.spectralNormalizeAll({ w: { data: empty, shape: [0, 2] } }), SHAPE, /^weight/],
    [
      () => s.spectralNormalizeAll({ w: { data: Float64Array.of(1, Number.NaN), shape: [1, 2] } }),
      FINITE,
      /^parameters\.w/,
    ],
  ],
  frequencyMask: [
    ...array((x) => s.frequencyMask(x, { cutoff: 0.1 }), /^x/, line),
    [() => s.frequencyMask([1, 2], { cutoff: Number.NaN }), VALUE, /^cutoff/],
    [() => s.frequencyMask([1, 2], {} as never), VALUE, /^cutoff/],
    [() => s.frequencyMask([1, 2], { cutoff: 0.1, pass: 'all' as 'low' }), VALUE, /^pass/],
    [() => s.frequencyMask([1, 2], { cutoff: 0.1, shape: 'butterworth', order: 0 }), VALUE, /^order/],
    [() => s.frequencyMask([1, 2], { cutoff: 0.1, axes: 2 }), SHAPE, /^x/],
  ],
  spectralDistance: [
    ...array((a) => s.spectralDistance(a, weight), /^a/, plane),
    [() => s.spectralDistance(weight, nans), FINITE, /^b/],
    [() => s.spectralDistance(weight, [[1, 2]]), SHAPE, /^b/],
  ],
};

test('the table has every exported function', () => {
  const exported = Object.entries(spectrum).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  expect(Object.keys(cases).sort()).toEqual(exported.sort());
});

describe.each(Object.entries(cases))('%s', (_, list) => {
  test.each(list.map((entry, i) => [i, ...entry] as const))('refuses case %i', async (_, call, codes, argument) => {
    const failure = await (async () => call())().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(FprincipleError);
    const { code, message } = failure as FprincipleError;
    expect([codes].flat()).toContain(code);
    expect(message).toMatch(argument);
  });
});
