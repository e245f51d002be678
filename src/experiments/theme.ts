/** A theme: experiments on one question, in a folder of their own. */
import type { Experiment } from '../experiment/define.js';

export interface Theme {
  /** Name of the folder below `src/experiments/`. */
  id: string;
  title: string;
  /** In the order in which they are shown. */
  experiments: readonly Experiment[];
}
