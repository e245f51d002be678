/** Every experiment of the package, in the order of the sources. */
import type { Experiment } from '../experiment/define.js';
import { activationRegularity } from './activation-regularity.js';
import { amplitudeAndFrequency } from './amplitude-and-frequency.js';
import { circulantLayer } from './circulant-layer.js';
import { classificationFiltering } from './classification-filtering.js';
import { classificationProjection } from './classification-projection.js';
import { convergenceByEigenvector } from './convergence-by-eigenvector.js';
import { convolutionTheorem } from './convolution-theorem.js';
import { eigenvalueDecay } from './eigenvalue-decay.js';
import { imageRegression } from './image-regression.js';
import { kernelResponse } from './kernel-response.js';
import { nadarayaWatsonExperiment } from './nadaraya-watson.js';
import { phaseDnn } from './phase-dnn.js';
import { reluHarmonics } from './relu-harmonics.js';
import { sineMixture } from './sine-mixture.js';
import { sobolevLoss } from './sobolev-loss.js';
import { stepTarget } from './step-target.js';
import { toneDetection } from './tone-detection.js';

export const experiments: readonly Experiment[] = [
  sineMixture,
  stepTarget,
  amplitudeAndFrequency,
  imageRegression,
  classificationProjection,
  classificationFiltering,
  activationRegularity,
  sobolevLoss,
  phaseDnn,
  convergenceByEigenvector,
  eigenvalueDecay,
  nadarayaWatsonExperiment,
  toneDetection,
  circulantLayer,
  convolutionTheorem,
  kernelResponse,
  reluHarmonics,
];
