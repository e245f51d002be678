/** Every experiment of the package, in the order of the sources. */
import type { Experiment } from '../experiment/define.js';
import { eigenvalueDecay } from './eigenvalue-decay.js';
import { nadarayaWatsonExperiment } from './nadaraya-watson.js';

export const experiments: readonly Experiment[] = [eigenvalueDecay, nadarayaWatsonExperiment];
