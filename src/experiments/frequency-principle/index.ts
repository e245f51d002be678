/** What is learnt first: targets, pictures, classifiers, optimisers, and what is made of it. */
import type { Theme } from '../theme.js';
import { activationRegularity } from './activation-regularity.js';
import { aliasing } from './aliasing.js';
import { amplitudeAndFrequency } from './amplitude-and-frequency.js';
import { classificationFiltering } from './classification-filtering.js';
import { classificationProjection } from './classification-projection.js';
import { criticalSamplesExperiment } from './critical-samples.js';
import { curseOfDimensionality } from './curse-of-dimensionality.js';
import { deepFrequencyPrinciple } from './deep-frequency-principle.js';
import { depthAccelerates } from './depth-accelerates.js';
import { earlyStopping } from './early-stopping.js';
import { easyHardSamples } from './easy-hard-samples.js';
import { fewPointsFlat } from './few-points-flat.js';
import { functionComplexity } from './function-complexity.js';
import { hybridPoisson } from './hybrid-poisson.js';
import { imageFrequency } from './image-frequency.js';
import { imageRegression } from './image-regression.js';
import { manySettings } from './many-settings.js';
import { multiscaleDnn } from './multiscale-dnn.js';
import { noiseByFrequency } from './noise-by-frequency.js';
import { optimizers } from './optimizers.js';
import { phaseDnn } from './phase-dnn.js';
import { phaseDnnDimensions } from './phase-dnn-dimensions.js';
import { referenceNetworks } from './reference-networks.js';
import { responseFrequency } from './response-frequency.js';
import { sineMixture } from './sine-mixture.js';
import { sobolevLoss } from './sobolev-loss.js';
import { stepTarget } from './step-target.js';
import { volumeRegression } from './volume-regression.js';

export const frequencyPrinciple: Theme = {
  id: 'frequency-principle',
  title: 'The frequency principle',
  experiments: [
    sineMixture,
    stepTarget,
    fewPointsFlat,
    amplitudeAndFrequency,
    imageRegression,
    volumeRegression,
    easyHardSamples,
    curseOfDimensionality,
    classificationProjection,
    classificationFiltering,
    responseFrequency,
    imageFrequency,
    noiseByFrequency,
    criticalSamplesExperiment,
    functionComplexity,
    referenceNetworks,
    optimizers,
    activationRegularity,
    sobolevLoss,
    manySettings,
    aliasing,
    deepFrequencyPrinciple,
    depthAccelerates,
    hybridPoisson,
    earlyStopping,
    phaseDnn,
    phaseDnnDimensions,
    multiscaleDnn,
  ],
};
