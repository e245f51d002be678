/** Layers and losses read in the frequency domain. */
import type { Theme } from '../theme.js';
import { bandGeneralization } from './band-generalization.js';
import { circulantLayer } from './circulant-layer.js';
import { convolutionTheorem } from './convolution-theorem.js';
import { frequencyBias } from './frequency-bias.js';
import { frequencyMasks } from './frequency-masks.js';
import { frequencyRegularizedTraining } from './frequency-regularized-training.js';
import { kernelResponse } from './kernel-response.js';
import { reluHarmonics } from './relu-harmonics.js';
import { reluThreshold } from './relu-threshold.js';
import { spectralLosses } from './spectral-losses.js';
import { spectralNormalization } from './spectral-normalization.js';
import { toneDetection } from './tone-detection.js';

export const fourierAnalysis: Theme = {
  id: 'fourier-analysis',
  title: 'Fourier analysis of networks',
  experiments: [
    toneDetection,
    circulantLayer,
    convolutionTheorem,
    kernelResponse,
    reluHarmonics,
    reluThreshold,
    frequencyBias,
    spectralNormalization,
    spectralLosses,
    frequencyRegularizedTraining,
    frequencyMasks,
    bandGeneralization,
  ],
};
