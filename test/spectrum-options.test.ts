/**
 * An option that does not exist is refused by name, by every function of the spectrum: one that is exported and not in this table
 * fails the test. `null`: a function without options.
 */
import { expect, test } from 'vitest';
import { FprincipleError } from '../src/index.js';
import * as s from '../src/spectrum/index.js';

type Call = (extra: object) => unknown;
type Name = { [K in keyof typeof s]: (typeof s)[K] extends (...a: never[]) => unknown ? K : never }[keyof typeof s];

const line = [1, 2, 3, 4];
const plane = [
  [1, 2],
  [3, 5],
];
const weight = { data: Float64Array.of(1, 2, 3, 5), shape: [1, 1, 2, 2] };
const samples = Float64Array.from({ length: 9 }, (_, i) => Math.sin(i));

const calls: Record<Name, Call | null> = {
  fft: (extra) => s.fft(line, extra),
  ifft: (extra) => s.ifft(line, extra),
  rfft: (extra) => s.rfft(line, extra),
  irfft: (extra) => s.irfft(line, 6, extra),
  fft2: (extra) => s.fft2(plane, extra),
  ifft2: (extra) => s.ifft2(plane, extra),
  rfft2: (extra) => s.rfft2(plane, extra),
  irfft2: (extra) => s.irfft2(plane, [2, 2], extra),
  fftn: (extra) => s.fftn(plane, extra),
  ifftn: (extra) => s.ifftn(plane, extra),
  rfftn: (extra) => s.rfftn(plane, extra),
  irfftn: (extra) => s.irfftn(plane, [2, 2], extra),
  fftfreq: null,
  rfftfreq: null,
  fftshift: (extra) => s.fftshift(line, extra),
  ifftshift: (extra) => s.ifftshift(line, extra),
  dct: (extra) => s.dct(line, extra),
  idct: (extra) => s.idct(line, extra),
  dst: (extra) => s.dst(line, extra),
  idst: (extra) => s.idst(line, extra),
  amplitudeSpectrum: (extra) => s.amplitudeSpectrum(line, { sampleRate: 1, ...extra }),
  spectrumWindow: (extra) => s.spectrumWindow('hann', 4, extra),
  stft: (extra) => s.stft(line, { length: 2, ...extra }),
  istft: (extra) => s.istft(plane, { length: 3, ...extra }),
  welch: (extra) => s.welch(line, extra),
  crossSpectralDensity: (extra) => s.crossSpectralDensity(line, line, extra),
  coherence: (extra) => s.coherence(line, line, extra),
  fourierSeries: (extra) => s.fourierSeries(line, { count: 1, ...extra }),
  fourierTransform: (extra) => s.fourierTransform(samples, { start: 0, spacing: 1, frequencies: [0], ...extra }),
  nudft: (extra) => s.nudft(line, line, [1], extra),
  nufft1: (extra) => s.nufft1(line, line, [4], extra),
  nufft2: (extra) => s.nufft2(line, line, extra),
  nufft3: (extra) => s.nufft3(line, line, [1], extra),
  convolve: (extra) => s.convolve(line, line, extra),
  correlate: (extra) => s.correlate(line, line, extra),
  circulant: (extra) => s.circulant(line, extra),
  circulantMultiply: (extra) => s.circulantMultiply(line, line, extra),
  circulantSolve: (extra) => s.circulantSolve([1, 0, 0, 0], line, extra),
  circulantEigenvalues: (extra) => s.circulantEigenvalues(line, extra),
  frequencyResponse: (extra) => s.frequencyResponse(plane, [4, 4], extra),
  passband: null,
  bandEnergies: (extra) => s.bandEnergies(line, extra),
  relativeSpectralError: (extra) => s.relativeSpectralError(line, line, extra),
  tone: (extra) => s.tone(4, extra),
  gaussianNoise: (extra) => s.gaussianNoise(4, { seed: 1, ...extra }),
  harmonics: (extra) => s.harmonics(line, { count: 1, ...extra }),
  fitDecay: (extra) => s.fitDecay([1, 2, 3], [3, 2, 1], 'power', extra),
  activate: null,
  toneResponse: (extra) => s.toneResponse('relu', extra),
  noiseResponse: (extra) => s.noiseResponse('relu', { seed: 1, ...extra }),
  harmonicDecay: (extra) => s.harmonicDecay('relu', { law: 'power', ...extra }),
  psnr: null,
  radialSpectrum: null,
  carryingFrequencies: null,
  angularSpectrum: (extra) => s.angularSpectrum(plane, extra),
  gaussianFilter: (extra) => s.gaussianFilter(plane, plane, { deltas: [1], ...extra }),
  firstComponent: (extra) => s.firstComponent(plane, extra),
  convSingularValues: (extra) => s.convSingularValues(weight, [4, 4], extra),
  spectralNorm: (extra) => s.spectralNorm(plane, extra),
  powerIteration: (extra) => s.powerIteration(plane, { start: [1, 1], iterations: 2, ...extra }),
  singularValues: null,
  spectralNormalize: (extra) => s.spectralNormalize(plane, extra),
  spectralNormalizeAll: (extra) => s.spectralNormalizeAll({}, extra),
  frequencyMask: (extra) => s.frequencyMask(line, { cutoff: 0.1, ...extra }),
  spectralDistance: null,
};

test('the table has every exported function', () => {
  const exported = Object.entries(s).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  expect(Object.keys(calls).sort()).toEqual(exported.sort());
});

const withOptions = Object.entries(calls).filter((entry): entry is [string, Call] => entry[1] !== null);

test.each(withOptions)('%s', async (_, call) => {
  await call({});
  const failure = await (async () => call({ treads: 1 }))().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FprincipleError);
  const { code, message } = failure as FprincipleError;
  expect([code, message]).toEqual(['INVALID_ARGUMENT', expect.stringMatching(/^options: there is no "treads"/)]);
});
