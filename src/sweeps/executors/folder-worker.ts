/** A worker without a server: does runs of the sweeps in a folder, as every task of a Slurm array does. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FprincipleError } from '../../core/errors.js';
import { Claims, type ClaimsOptions } from '../folder/claims.js';
import { openSweep } from '../folder/open.js';
import { Store } from '../folder/store.js';
import { type ConductOptions, conduct } from './conduct.js';

export interface FolderWorkerOptions
  extends ClaimsOptions,
    Pick<ConductOptions, 'lanes' | 'memoryLimit' | 'retries' | 'onEnded'> {
  /** The folder of a sweep, or one that holds the folders of sweeps; it need not be there yet. */
  folder: string;
  /** End when nothing is left to do, in place of waiting for more. */
  untilDone?: boolean | undefined;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** How often it is looked for work. */
const waitFor = 2000;

/**
 * Does runs of the sweeps in a folder, beside any number of others that do.
 * @throws `IO` for a folder that is a file, or cannot be looked into, or with `untilDone` is not there; what a sweep of its own
 *   folder throws, where it is one and `untilDone`
 */
export async function workOnFolder({
  folder,
  untilDone = false,
  lease,
  signal,
  say,
  ...options
}: FolderWorkerOptions): Promise<void> {
  const root = resolve(folder);
  const there = await stat(root).then(
    (found) => {
      if (!found.isDirectory()) throw new FprincipleError('IO', `${root} is no folder`);
      return true;
    },
    (cause: NodeJS.ErrnoException) => {
      if (!untilDone && cause.code === 'ENOENT') return false;
      throw new FprincipleError('IO', `${root}: there is no such folder: ${cause.message}`, { cause });
    },
  );
  /** What each sweep's record was when it was last worked on: one that is begun again is looked at again. */
  const seen = new Map<string, string>();
  say(there ? `looks for sweeps in ${root}` : `waits for ${root}, which is not there yet`);
  for (;;) {
    for (const sweep of await sweepsIn(root)) {
      if (signal.aborted) return;
      const state = await stateOf(sweep);
      if (state === undefined || seen.get(sweep) === state) continue;
      if (await new Store(sweep).isCancelled()) continue;
      const claims = new Claims(sweep, { lease });
      try {
        const opened = await openSweep(sweep, { toWork: true });
        await claims.begin();
        say(`${sweep}: begins, as ${claims.name}`);
        const summary = await conduct(opened, {
          ...options,
          claims,
          signal,
        });
        say(`${sweep}: ${summary.done} of ${summary.total} runs are done, ${summary.failed} failed`);
        seen.set(sweep, state);
      } catch (error) {
        if (signal.aborted) return;
        const { message, code } = error as FprincipleError;
        say(`${sweep}: ${message}`);
        if (code !== 'ABORTED' && untilDone && sweep === root) throw error;
        // What this worker cannot do, or was cancelled, it does not try again until it is begun anew.
        seen.set(sweep, state);
      } finally {
        await claims.end();
      }
    }
    if (untilDone) return;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, waitFor);
      const stop = (): void => {
        clearTimeout(timer);
        done();
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
    if (signal.aborted) return;
  }
}

async function sweepsIn(root: string): Promise<string[]> {
  if ((await stateOf(root)) !== undefined) return [root];
  const inside = await readdir(root, { withFileTypes: true }).catch(() => []);
  return inside
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name))
    .sort();
}

/** A sweep's record and when it was written: changes when a command begins or resumes it. */
async function stateOf(folder: string): Promise<string | undefined> {
  const path = join(folder, 'sweep.json');
  try {
    return `${(await stat(path)).mtimeMs} ${await readFile(path, 'utf8')}`;
  } catch {
    return undefined;
  }
}
