/** Why low frequencies and low ranks come first: activations, norms, depth. */
import type { Theme } from '../theme.js';
import { activationSpectra } from './activation-spectra.js';
import { attentionRank } from './attention-rank.js';
import { bottleneckExperiment } from './bottleneck.js';
import { cnnAndTransformer } from './cnn-and-transformer.js';
import { cnnSpatialFrequency } from './cnn-spatial-frequency.js';
import { complexityMeasures } from './complexity-measures.js';
import { decayRateByFrequency } from './decay-rate-by-frequency.js';
import { deepLinearLowRank } from './deep-linear-low-rank.js';
import { depthComposition } from './depth-composition.js';
import { effectiveRankExperiment } from './effective-rank.js';
import { frequencyAgainstRank } from './frequency-against-rank.js';
import { meanField } from './mean-field.js';
import { normGrowth } from './norm-growth.js';
import { pathNormExperiment } from './path-norm.js';
import { pathNotExpressivity } from './path-not-expressivity.js';
import { pinn } from './pinn.js';
import { positionEncoding } from './position-encoding.js';

export const lowRank: Theme = {
  id: 'low-rank',
  title: 'Spectral bias and low rank',
  experiments: [
    decayRateByFrequency,
    meanField,
    activationSpectra,
    normGrowth,
    depthComposition,
    complexityMeasures,
    pathNormExperiment,
    pathNotExpressivity,
    cnnSpatialFrequency,
    cnnAndTransformer,
    deepLinearLowRank,
    effectiveRankExperiment,
    attentionRank,
    bottleneckExperiment,
    frequencyAgainstRank,
    pinn,
    positionEncoding,
  ],
};
