export { type DecayFit, type DecayLaw, fitDecay } from '../spectrum/decay.js';
export { type AnalyticKernelOptions, analyticKernel, analyticKernelError } from './analytic.js';
export { type ComparisonData, type ComparisonTraining, compareWithNtk, type NtkComparison } from './compare.js';
export {
  type EmpiricalNtkOptions,
  empiricalNtk,
  empiricalNtkByLayer,
  type StreamedKernel,
  type TangentModel,
} from './empirical.js';
export {
  type CrossEntropyFlowInput,
  crossEntropyFlow,
  type DescentOptions,
  type FlowOptions,
  GradientFlow,
  type GradientFlowInput,
  gradientFlow,
} from './flow.js';
export type { KernelOptions } from './options.js';
export { type NtkEquation, ntkVectorProduct, residualNtk, sampledNngp } from './products.js';
export {
  centredAlignment,
  type Geometry,
  kernelBandwidth,
  kernelDrift,
  kernelRates,
  type LearningCurve,
  labelAlignment,
  labelEnergy,
  learningCurve,
  type Modes,
  matchModes,
  measuredRates,
  spectrumMeasures,
} from './reading.js';
export {
  type GaussianProcessInput,
  gaussianProcess,
  type KernelRegressionInput,
  kernelRegression,
  leaveOneOut,
  nadarayaWatson,
} from './regression.js';
export { topEigenNtk } from './top-eigen.js';
