/**
 * The process that a crew does experiments in: it gets batches, sends each outcome as it comes, and ends with its parent.
 * Whatever an experiment does to its process (a blocked event loop, memory, a crash) stays here.
 */
import type { PresetName } from '../../experiment/define.js';
import { traceSources } from '../../runs/trace.js';
import { performRun, type RunOutcome, runError } from '../folder/outcome.js';
import type { RunRequest } from '../plan/plan.js';
import { type Subject, type SubjectReference, subjectOf } from '../plan/subject.js';

export interface ToChild {
  /** Where it is not that of the task before. */
  subject?: SubjectReference;
  preset: PresetName;
  runs: RunRequest[];
}

export type FromChild = { outcome: RunOutcome; bytes: number } | { done: true };

traceSources();
let known: Promise<Subject> | undefined;
const send = (message: FromChild): Promise<void> =>
  new Promise((resolve) => process.send!(message, undefined, undefined, () => resolve()));

process.on('disconnect', () => process.exit(0));
// The parent decides when an interrupted sweep ends.
process.on('SIGINT', () => undefined);

process.on('message', (message) => void work(message as ToChild));

async function work({ subject, preset, runs }: ToChild): Promise<void> {
  if (subject) known = subjectOf(subject);
  for (const run of runs) {
    let outcome: RunOutcome;
    try {
      outcome = await performRun({ subject: await known!, preset }, run);
    } catch (error) {
      outcome = { id: run.id, error: runError(error) };
    }
    await send({ outcome, bytes: process.memoryUsage.rss() });
  }
  await send({ done: true });
}
