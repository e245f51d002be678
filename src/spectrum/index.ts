/** Fourier transforms, windows, convolution, circulant matrices, responses and filters. */
export * from './activation.js';
export * from './amplitude.js';
export * from './bands.js';
export * from './convolution.js';
export * from './fft.js';
export * from './filter.js';
export * from './frequency.js';
export * from './image.js';
export * from './layers.js';
export * from './nudft.js';
export * from './response.js';
export type { Norm, SignalInput, ThreadOptions, TransformOptions } from './signal.js';
export * from './tools.js';
export { spectrumWindow, type Window, type WindowName, type WindowSpec } from './window.js';
