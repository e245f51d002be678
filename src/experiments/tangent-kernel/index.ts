/** Rates of learning, predicted by the tangent kernel. */
import type { Theme } from '../theme.js';
import { convergenceByEigenvector } from './convergence-by-eigenvector.js';
import { eigenvalueDecay } from './eigenvalue-decay.js';
import { featureDistribution } from './feature-distribution.js';
import { fourierFeatureBandwidth } from './fourier-feature-bandwidth.js';
import { hypercubeEigenvalues } from './hypercube-eigenvalues.js';
import { imageFourierFeatures } from './image-fourier-features.js';
import { infiniteWidthLimit } from './infinite-width-limit.js';
import { integralOperator } from './integral-operator.js';
import { nadarayaWatsonExperiment } from './nadaraya-watson.js';
import { ntkSpectrum } from './ntk-spectrum.js';
import { shiftInvariance } from './shift-invariance.js';
import { sparseFeatures } from './sparse-features.js';
import { trainingIsKernelRegression } from './training-is-kernel-regression.js';
import { zeroEigenvalues } from './zero-eigenvalues.js';

export const tangentKernel: Theme = {
  id: 'tangent-kernel',
  title: 'The tangent kernel and Fourier features',
  experiments: [
    ntkSpectrum,
    infiniteWidthLimit,
    trainingIsKernelRegression,
    convergenceByEigenvector,
    eigenvalueDecay,
    integralOperator,
    zeroEigenvalues,
    hypercubeEigenvalues,
    shiftInvariance,
    fourierFeatureBandwidth,
    featureDistribution,
    sparseFeatures,
    imageFourierFeatures,
    nadarayaWatsonExperiment,
  ],
};
