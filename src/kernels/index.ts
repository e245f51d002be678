export { type AnalyticKernelOptions, analyticKernel } from './analytic.js';
export { eigh } from './eigh.js';
export { type EmpiricalNtkOptions, empiricalNtk, type StreamedKernel, type TangentModel } from './empirical.js';
export {
  type CrossEntropyFlowInput,
  crossEntropyFlow,
  type DescentOptions,
  GradientFlow,
  type GradientFlowInput,
  gradientFlow,
  type PredictOptions,
} from './flow.js';
export type { KernelOptions, KernelTaskOptions } from './options.js';
export {
  type GaussianProcessInput,
  gaussianProcess,
  type KernelRegressionInput,
  kernelRegression,
  leaveOneOut,
  nadarayaWatson,
} from './regression.js';
