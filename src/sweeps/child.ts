/**
 * The process that a crew does experiments in: it gets batches, sends each outcome as it comes, and ends with its parent.
 * Whatever an experiment does to its process (a blocked event loop, memory, a crash) stays here.
 */
import type { PresetName } from '../experiment/define.js';
import { performRun, type RunOutcome, runError } from './outcome.js';
import type { RunRequest } from './plan.js';
import { findSubject, type Subject } from './subject.js';

export interface ToChild {
  reference: string;
  preset: PresetName;
  runs: RunRequest[];
}

export type FromChild = { outcome: RunOutcome; bytes: number } | { done: true };

const subjects = new Map<string, Subject>();
const send = (message: FromChild): Promise<void> =>
  new Promise((resolve) => process.send!(message, undefined, undefined, () => resolve()));

process.on('disconnect', () => process.exit(0));
// The parent decides when an interrupted sweep ends.
process.on('SIGINT', () => undefined);

process.on('message', (message) => void work(message as ToChild));

async function work({ reference, preset, runs }: ToChild): Promise<void> {
  for (const run of runs) {
    let outcome: RunOutcome;
    try {
      let subject = subjects.get(reference);
      if (!subject) {
        subject = await findSubject(reference);
        subjects.set(reference, subject);
      }
      outcome = await performRun({ subject, preset }, run);
    } catch (error) {
      outcome = { id: run.id, error: runError(error) };
    }
    await send({ outcome, bytes: process.memoryUsage.rss() });
  }
  await send({ done: true });
}
