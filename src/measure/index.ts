/** Trainings and models of any library under the instruments. */
export {
  type BandErrors,
  type FilteredErrors,
  type Measurement,
  type MeasureOptions,
  measure,
  type RadialErrors,
  type RecordedRanks,
} from './measure.js';
export {
  pythonRecorder,
  type RecordExtras,
  type RecordedArray,
  Recorder,
  type RecorderOptions,
  type TensorLike,
} from './recorder.js';
export type { Recording } from './recording.js';
