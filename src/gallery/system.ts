/** What the gallery shows of one experiment. */
import type { Experiment } from '../experiment/define.js';
import type { ReportedRun } from '../report/page.js';
import type { VerifiedRound } from '../runs/verify.js';
import type { Words } from '../words/index.js';
import type { PaperRun } from './paper-runs.js';

export interface System {
  experiment: Experiment;
  /** Its run with the quick preset. */
  run?: ReportedRun;
  /** Why there is no run. */
  failure?: string;
  /** What its paper preset measured, one entry a seed. */
  paper: readonly PaperRun[];
  /** What `fprinciple verify` found of it, round by round. */
  verified?: readonly VerifiedRound[];
  /** The text of the experiment's file. */
  code?: string;
}

/** The verdict of a run in a few words, with whether it is a good one. */
export function verdictOf(
  { run, failure }: Pick<System, 'run' | 'failure'>,
  { gallery }: Words,
): { good: boolean; text: string } {
  if (failure !== undefined) return { good: false, text: `✗ ${gallery.notFinished}` };
  if (!run) return { good: false, text: gallery.notRun };
  const { claims } = run.record;
  const failed = claims.filter((claim) => !claim.pass).length;
  if (failed > 0) return { good: false, text: `✗ ${gallery.failed(failed, claims.length)}` };
  return { good: true, text: `✓ ${gallery.held(claims.length)}` };
}
