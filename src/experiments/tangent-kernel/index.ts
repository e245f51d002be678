/** Rates of learning, predicted by the tangent kernel. */
import type { Theme } from '../theme.js';
import { convergenceByEigenvector } from './convergence-by-eigenvector.js';
import { eigenvalueDecay } from './eigenvalue-decay.js';
import { featureDistribution } from './feature-distribution.js';
import { fourierFeatureBandwidth } from './fourier-feature-bandwidth.js';
import { imageFourierFeatures } from './image-fourier-features.js';
import { infiniteWidthLimit } from './infinite-width-limit.js';
import { nadarayaWatsonExperiment } from './nadaraya-watson.js';
import { ntkSpectrum } from './ntk-spectrum.js';
import { shiftInvariance } from './shift-invariance.js';
import { trainingIsKernelRegression } from './training-is-kernel-regression.js';

export const tangentKernel: Theme = {
  id: 'tangent-kernel',
  title: 'The tangent kernel and Fourier features',
  experiments: [
    ntkSpectrum,
    infiniteWidthLimit,
    trainingIsKernelRegression,
    convergenceByEigenvector,
    eigenvalueDecay,
    shiftInvariance,
    fourierFeatureBandwidth,
    featureDistribution,
    imageFourierFeatures,
    nadarayaWatsonExperiment,
  ],
};
