/** Trainings and models of any library under the instruments. */
export {
  type InspectedDirection,
  type InspectedFeatures,
  type InspectedKernel,
  type InspectedWeight,
  type Inspection,
  type InspectOptions,
  inspect,
} from './inspect.js';
export {
  type BandErrors,
  type FilteredErrors,
  type Measurement,
  type MeasureOptions,
  measure,
  type RadialErrors,
  type RecordedRanks,
} from './measure.js';
export { type ReadModelOptions, readModel } from './read-model.js';
export {
  pythonRecorder,
  type RecordExtras,
  type RecordedArray,
  Recorder,
  type RecorderOptions,
  type TensorLike,
} from './recorder.js';
export type { Recording } from './recording.js';
