/** Recorded steps that figures show, and how they are called: always steps that ran, whatever was asked for. */
import { nearestRecord } from '../../experiment/index.js';

/** The records nearest to the steps asked for, ascending, each once: a step after the end of the training is its last. */
export const snapshotRecords = (steps: ArrayLike<number>, wanted: readonly number[]): number[] =>
  [...new Set(wanted.map((step) => nearestRecord(steps, step)))].sort((a, b) => a - b);

/** `step 1,000` */
export const stepName = (step: number): string => `step ${step.toLocaleString('en-US')}`;

/** `step 30`, `steps 30, 200 and 1,000` */
export function stepNames(steps: readonly number[]): string {
  const names = steps.map((step) => step.toLocaleString('en-US'));
  return names.length < 2 ? `step ${names.join('')}` : `steps ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
