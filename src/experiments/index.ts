/** Every experiment of the package, in the order of the sources. */
import type { Experiment } from '../experiment/define.js';

export const experiments: readonly Experiment[] = [];
