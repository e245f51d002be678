/** The seven systems with which the gallery opens, in the order in which a newcomer reads them; the words say what each adds. */
import type { Words } from '../words/index.js';

/** Ids of experiments of the package. */
export const newcomersPath: readonly (keyof Words['gallery']['path']['why'])[] = [
  'sine-mixture',
  'image-regression',
  'amplitude-and-frequency',
  'decay-rate-by-frequency',
  'training-is-kernel-regression',
  'image-fourier-features',
  'early-stopping',
];
