/** Every experiment of the package, in the order of the sources. */
import type { Experiment } from '../experiment/define.js';
import { circulantLayer } from './circulant-layer.js';
import { convolutionTheorem } from './convolution-theorem.js';
import { eigenvalueDecay } from './eigenvalue-decay.js';
import { kernelResponse } from './kernel-response.js';
import { nadarayaWatsonExperiment } from './nadaraya-watson.js';
import { reluHarmonics } from './relu-harmonics.js';
import { toneDetection } from './tone-detection.js';

export const experiments: readonly Experiment[] = [
  eigenvalueDecay,
  nadarayaWatsonExperiment,
  toneDetection,
  circulantLayer,
  convolutionTheorem,
  kernelResponse,
  reluHarmonics,
];
