/** Every experiment of the package, in the order of the sources. */
import type { Experiment } from '../experiment/define.js';
import { activationRegularity } from './activation-regularity.js';
import { activationSpectra } from './activation-spectra.js';
import { aliasing } from './aliasing.js';
import { amplitudeAndFrequency } from './amplitude-and-frequency.js';
import { bandGeneralization } from './band-generalization.js';
import { circulantLayer } from './circulant-layer.js';
import { classificationFiltering } from './classification-filtering.js';
import { classificationProjection } from './classification-projection.js';
import { cnnSpatialFrequency } from './cnn-spatial-frequency.js';
import { complexityMeasures } from './complexity-measures.js';
import { convergenceByEigenvector } from './convergence-by-eigenvector.js';
import { convolutionTheorem } from './convolution-theorem.js';
import { criticalSamplesExperiment } from './critical-samples.js';
import { decayRateByFrequency } from './decay-rate-by-frequency.js';
import { deepFrequencyPrinciple } from './deep-frequency-principle.js';
import { deepLinearLowRank } from './deep-linear-low-rank.js';
import { depthComposition } from './depth-composition.js';
import { earlyStopping } from './early-stopping.js';
import { easyHardSamples } from './easy-hard-samples.js';
import { effectiveRankExperiment } from './effective-rank.js';
import { eigenvalueDecay } from './eigenvalue-decay.js';
import { featureDistribution } from './feature-distribution.js';
import { fewPointsFlat } from './few-points-flat.js';
import { fourierFeatureBandwidth } from './fourier-feature-bandwidth.js';
import { frequencyAgainstRank } from './frequency-against-rank.js';
import { frequencyBias } from './frequency-bias.js';
import { frequencyMasks } from './frequency-masks.js';
import { frequencyRegularizedTraining } from './frequency-regularized-training.js';
import { functionComplexity } from './function-complexity.js';
import { hybridPoisson } from './hybrid-poisson.js';
import { imageFourierFeatures } from './image-fourier-features.js';
import { imageRegression } from './image-regression.js';
import { infiniteWidthLimit } from './infinite-width-limit.js';
import { kernelResponse } from './kernel-response.js';
import { multiscaleDnn } from './multiscale-dnn.js';
import { nadarayaWatsonExperiment } from './nadaraya-watson.js';
import { normGrowth } from './norm-growth.js';
import { ntkSpectrum } from './ntk-spectrum.js';
import { optimizers } from './optimizers.js';
import { phaseDnn } from './phase-dnn.js';
import { pinn } from './pinn.js';
import { positionEncoding } from './position-encoding.js';
import { reluHarmonics } from './relu-harmonics.js';
import { responseFrequency } from './response-frequency.js';
import { shiftInvariance } from './shift-invariance.js';
import { sineMixture } from './sine-mixture.js';
import { sobolevLoss } from './sobolev-loss.js';
import { spectralLosses } from './spectral-losses.js';
import { spectralNormalization } from './spectral-normalization.js';
import { stepTarget } from './step-target.js';
import { toneDetection } from './tone-detection.js';
import { trainingIsKernelRegression } from './training-is-kernel-regression.js';
import { volumeRegression } from './volume-regression.js';

/** Every experiment of the package, in the order of the sources. */
export const experiments: readonly Experiment[] = [
  sineMixture,
  stepTarget,
  fewPointsFlat,
  amplitudeAndFrequency,
  imageRegression,
  volumeRegression,
  easyHardSamples,
  classificationProjection,
  classificationFiltering,
  responseFrequency,
  criticalSamplesExperiment,
  functionComplexity,
  optimizers,
  activationRegularity,
  sobolevLoss,
  aliasing,
  deepFrequencyPrinciple,
  hybridPoisson,
  earlyStopping,
  phaseDnn,
  multiscaleDnn,
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
  decayRateByFrequency,
  activationSpectra,
  normGrowth,
  depthComposition,
  complexityMeasures,
  toneDetection,
  circulantLayer,
  convolutionTheorem,
  kernelResponse,
  reluHarmonics,
  cnnSpatialFrequency,
  deepLinearLowRank,
  effectiveRankExperiment,
  frequencyAgainstRank,
  pinn,
  positionEncoding,
  frequencyBias,
  spectralNormalization,
  spectralLosses,
  frequencyRegularizedTraining,
  frequencyMasks,
  bandGeneralization,
];
