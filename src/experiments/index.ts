/** Every experiment of the package, by theme. */
import type { Experiment } from '../experiment/define.js';
import { beyond } from './beyond/index.js';
import { fourierAnalysis } from './fourier-analysis/index.js';
import { frequencyPrinciple } from './frequency-principle/index.js';
import { lowRank } from './low-rank/index.js';
import { tangentKernel } from './tangent-kernel/index.js';
import type { Theme } from './theme.js';

/** The themes, in the order in which the gallery shows them. */
export const themes: readonly Theme[] = [frequencyPrinciple, tangentKernel, lowRank, fourierAnalysis, beyond];

/** Every experiment of the package, theme by theme. */
export const experiments: readonly Experiment[] = themes.flatMap((theme) => theme.experiments);

/** The theme of an experiment of the package; `undefined` for a user's own. */
export function themeOf(experiment: Experiment): Theme | undefined {
  return themes.find((theme) => theme.experiments.includes(experiment));
}
