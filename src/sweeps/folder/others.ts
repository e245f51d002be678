/**
 * Results in a sweep's folder that are none of its runs: of other settings, or of another state of the code. They are
 * mentioned wherever the sweep is shown, and can be shown with it.
 */
import { relative } from 'node:path';
import type { Results } from '../plan/groups.js';
import { thisEngine } from '../plan/plan.js';
import { findSubject } from '../plan/subject.js';
import type { OpenSweep } from './open.js';
import { runsOf } from './told.js';

/** Ids of results in the folder that are none of the sweep's. */
export async function otherResults({ store, runs }: OpenSweep): Promise<string[]> {
  const planned = new Set(runs.map(({ id }) => id));
  return [...(await store.listed())].filter((id) => !planned.has(id));
}

/**
 * Sentences on what the folder holds beside the sweep's own results, and on results that are of another state of the code
 * than what is here; none where there is nothing to say.
 */
export async function notesOn(opened: OpenSweep): Promise<string[]> {
  const notes: string[] = [];
  const others = await otherResults(opened);
  if (others.length > 0) {
    const folder = relative(process.cwd(), opened.store.folder) || '.';
    const [results, are] = others.length === 1 ? ['result', 'is'] : ['results', 'are'];
    notes.push(
      `${others.length} ${results} of other settings or of another state of the code ${are} in this folder: ` +
        `fprinciple sweep table ${folder} --all shows ${others.length === 1 ? 'it' : 'them'}`,
    );
  }
  const stale = await outdated(opened);
  if (stale !== undefined) notes.push(stale);
  return notes;
}

/** What has changed since the sweep was begun, where its results would be others now. */
async function outdated({ record, sweep }: OpenSweep): Promise<string | undefined> {
  if (!record) return undefined;
  const anew = '`fprinciple sweep` on it again does every run anew';
  const here = thisEngine();
  if (record.version !== here.version) {
    return `these results are of fprinciple ${record.version}, this is ${here.version}: ${anew}`;
  }
  if (record.runs) return undefined;
  const subject = await findSubject(sweep.experiment).catch(() => undefined);
  if (!subject) return `${sweep.experiment} cannot be loaded any more: what is shown is what it once gave`;
  if (record.source !== subject.source || record.code !== subject.code) {
    return `the code has changed since these results were computed: ${anew}`;
  }
  return undefined;
}

/** Everything that the folder holds a result of, and the sweep's own failures; runs differ in whatever their results differ in. */
export async function everything({ store, runs }: OpenSweep): Promise<Results> {
  const results = await store.readAll();
  const failures = await store.failures();
  const failed = runs.filter(({ id }) => failures.has(id) && !results.has(id));
  return { runs: [...runsOf([...results.values()]), ...failed], results, failures };
}
