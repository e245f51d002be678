/**
 * The executor for a folder that several machines share: the command waits, `fprinciple worker --folder` does the runs, on
 * any number of them. There is nothing between the two but the folder.
 */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { FprincipleError } from '../../core/errors.js';
import { Claims } from '../folder/claims.js';
import type { Session } from './session.js';

const lookEvery = 500;
const countEvery = 2000;

/** Waits until workers have done what is open. @throws `ABORTED` */
export async function runOnFolder(session: Session): Promise<void> {
  const { store } = session;
  // It claims nothing: it only looks who lives.
  const claims = new Claims(store.folder);
  let counted = Number.NEGATIVE_INFINITY;
  while (session.open.size > 0) {
    if (session.signal.aborted) throw new FprincipleError('ABORTED', 'the sweep was stopped');
    if (performance.now() - counted > countEvery) {
      counted = performance.now();
      const workers = await claims.others();
      session.running(await running(store.folder));
      const folder = relative(process.cwd(), store.folder) || '.';
      session.note(
        workers > 0
          ? undefined
          : `no worker on this folder: start one with \`fprinciple worker --folder ${folder}\` (on any machine that has it)`,
      );
    }
    await session.lookForOthers();
    if (session.open.size > 0) await session.news(lookEvery);
  }
}

/** Runs that somebody is at. */
const running = async (folder: string): Promise<number> =>
  new Set((await readdir(join(folder, 'claims')).catch(() => [])).map((name) => name.split('.')[0])).size;
