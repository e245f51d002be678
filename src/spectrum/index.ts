/** Fourier transforms, windows, convolution, circulant matrices, responses and filters. */

export type { SignalInput } from '../core/signal.js';
export * from './activation.js';
export * from './amplitude.js';
export type { TransformOptions1 } from './axes.js';
export * from './bands.js';
export { carryingFrequencies } from './carrying.js';
export * from './continuous.js';
export * from './convolution.js';
export * from './decay.js';
export * from './fft.js';
export * from './filter.js';
export * from './frequency.js';
export * from './harmonics.js';
export * from './image.js';
export * from './layers.js';
export * from './nudft.js';
export type { Norm, ThreadOptions, TransformOptions } from './options.js';
export * from './response.js';
export type { ComplexOut, RealOut } from './result.js';
export * from './short-time.js';
export * from './trigonometric.js';
export { spectrumWindow, type Window, type WindowName, type WindowOptions, type WindowSpec } from './window.js';
