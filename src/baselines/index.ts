/** Other libraries beside this one, on the same work. */
export type { TfjsBackend } from './load-tfjs.js';
export { type BaselineHistory, type BaselineOptions, type BaselineTraining, trainBaseline } from './train.js';
