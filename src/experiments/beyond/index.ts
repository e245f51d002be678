/** Beyond the principle's own sources: equations as the field trains them, and what was asked since. */
import type { Theme } from '../theme.js';
import { allenCahn } from './allen-cahn.js';
import { attentionLowPass } from './attention-low-pass.js';
import { burgers } from './burgers.js';
import { burgersInverse } from './burgers-inverse.js';
import { coordinateEncodings } from './coordinate-encodings.js';
import { denoiserModes } from './denoiser-modes.js';
import { edgeOfStability } from './edge-of-stability.js';
import { fourierHeatMaps } from './fourier-heat-maps.js';
import { grokkingFourier } from './grokking-fourier.js';
import { helmholtzFeatures } from './helmholtz-features.js';
import { initialisationPhases } from './initialisation-phases.js';
import { kanSpectralBias } from './kan-spectral-bias.js';
import { learningCurves } from './learning-curves.js';
import { linearFrequencyPrinciple } from './linear-frequency-principle.js';
import { matrixOptimizers } from './matrix-optimizers.js';
import { multiscalePoisson } from './multiscale-poisson.js';
import { mupTransfer } from './mup-transfer.js';
import { normalisationKernel } from './normalisation-kernel.js';
import { pinnLossWeights } from './pinn-loss-weights.js';
import { sampleDensity } from './sample-density.js';
import { waveLossWeights } from './wave-loss-weights.js';

export const beyond: Theme = {
  id: 'beyond',
  title: 'Beyond: equations, optimisers, encodings, architectures',
  experiments: [
    burgers,
    burgersInverse,
    pinnLossWeights,
    waveLossWeights,
    multiscalePoisson,
    helmholtzFeatures,
    allenCahn,
    sampleDensity,
    linearFrequencyPrinciple,
    learningCurves,
    denoiserModes,
    coordinateEncodings,
    initialisationPhases,
    mupTransfer,
    kanSpectralBias,
    attentionLowPass,
    edgeOfStability,
    fourierHeatMaps,
    normalisationKernel,
    matrixOptimizers,
    grokkingFourier,
  ],
};
