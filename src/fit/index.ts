/** The adviser: which encoding, at which scale, for a target. */
export {
  type AdviseOptions,
  adviseFeatures,
  type FitAdvice,
  type FitChoice,
  type FitMeasurement,
  type FitPrediction,
  type FitProgress,
} from './advise.js';
export type { FitFamily } from './candidates.js';
export type { FitData, FitScaling } from './data.js';
export { emitFit, type FitCode } from './emit.js';
export type { FitPlan } from './plan.js';
export type { TargetSpectrum } from './spectrum.js';
