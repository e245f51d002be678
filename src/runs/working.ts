/**
 * Hidden folders of runs at work, named by machine and process: no two runs meet in one, and what a killed process left is
 * told from what one is still writing.
 *
 * ```
 * <out>/.<experiment>.<machine>-<pid>-<start>-<random>.partial   a run folder in the making
 * <out>/.<run>.checkpoint                                        its trainings; `owner` in it names the process at work
 * ```
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../core/files.js';

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Tags that are in use in this process. */
const mine = new Set<string>();

/** A tag that no other run has, on any machine. */
function newTag(): string {
  const tag = `${machine}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(4).toString('hex')}`;
  mine.add(tag);
  return tag;
}

/** Whether the run of that tag has ended without a word. What other machines do is not known here: it counts as going on. */
function isAbandoned(tag: string): boolean {
  const [, where, pid, start] = /^([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}$/.exec(tag) ?? [];
  if (where !== machine || pid === undefined) return false;
  if (Number(pid) === process.pid) return !mine.has(tag);
  try {
    process.kill(Number(pid), 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ESRCH';
  }
  // One that has ended and nobody has asked for yet; or a number that another process has got since, in a new container for
  // instance, where numbers are few.
  const now = startOf(Number(pid));
  return now === 'ended' || (now !== undefined && start !== '0' && now !== Number(start));
}

/** When a process began, in the kernel's own unit; `undefined` where that is not said (beside Linux). */
function startOf(pid: number): number | 'ended' | undefined {
  try {
    // The name stands in brackets and may hold anything; the start is the twentieth word after it.
    const words = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return words[0] === 'Z' || words[0] === 'X' ? 'ended' : Number(words[19]);
  } catch {
    return undefined;
  }
}

/** A folder that belongs to one run until it is `released`. */
export interface WorkingFolder {
  path: string;
  /** Removes it, where it is still there. */
  release(): Promise<void>;
}

/** A new folder in `out` for what the run of `name` writes. @throws `IO` where `out` cannot be written */
export async function workingFolder(out: string, name: string): Promise<WorkingFolder> {
  await makeFolder(out);
  await removeAbandoned(out);
  const tag = newTag();
  const path = join(out, `.${name}.${tag}.partial`);
  await makeFolder(path);
  return {
    path,
    release: async () => {
      await rm(path, { recursive: true, force: true });
      mine.delete(tag);
    },
  };
}

/** Removes what killed runs of this machine left in `out`. */
export async function removeAbandoned(out: string): Promise<void> {
  for (const name of await readdir(out)) {
    const tag = /^\..+\.([0-9a-f-]+)\.(?:partial|partial\.old|checkpoint)$/.exec(name)?.[1];
    if (tag !== undefined && isAbandoned(tag)) await rm(join(out, name), { recursive: true, force: true });
  }
}

/** Where the trainings of one run are saved. */
export interface CheckpointFolder extends Omit<WorkingFolder, 'release'> {
  /** Gives the folder up: what is in it goes when the run is `done`, else it stays for the same run to go on from. */
  release(done: boolean): Promise<void>;
}

/**
 * The folder of checkpoints for `run`: that of an earlier process that has ended, or a new one. While another process is at
 * the same run it is a folder of this run's own, so that neither sees what the other one writes.
 */
export async function checkpointFolder(out: string, run: string): Promise<CheckpointFolder> {
  const tag = newTag();
  const common = join(out, `.${run}.checkpoint`);
  const shared = await take(common, tag);
  const path = shared ? common : join(out, `.${run}.${tag}.checkpoint`);
  await makeFolder(path);
  return {
    path,
    release: async (done) => {
      if (done || !shared) await rm(path, { recursive: true, force: true });
      else await rm(join(path, 'owner'), { force: true });
      mine.delete(tag);
    },
  };
}

/** Milliseconds after which a `.taking` was left by a process that was killed: it is held for a moment only. */
const takingLasts = 10_000;

/** Writes the owner's tag into the folder, where nobody is at work in it. */
async function take(folder: string, tag: string): Promise<boolean> {
  const taking = `${folder}.taking`;
  const since = await stat(taking).catch(() => undefined);
  if (since && Date.now() - since.mtimeMs > takingLasts) await rmdir(taking).catch(() => undefined);
  try {
    await mkdir(taking);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
  try {
    const owner = join(folder, 'owner');
    const before = await readFile(owner, 'utf8').catch(() => undefined);
    if (before !== undefined && !isAbandoned(before.trim())) return false;
    await makeFolder(folder);
    await writeFile(owner, `${tag}\n`);
    return true;
  } finally {
    await rmdir(taking);
  }
}

/** Renames `work` to `folder`; what is there already is moved aside first and removed after. */
export async function replaceFolder(work: string, folder: string): Promise<void> {
  const aside = `${work}.old`;
  for (let tries = 100; ; tries--) {
    try {
      await rename(work, folder);
      return;
    } catch (cause) {
      // An earlier run of the same name, or one that has ended in this moment: the last one stays.
      if (tries === 0 || !occupied.includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    }
    await rename(folder, aside).catch((cause: NodeJS.ErrnoException) => {
      // Another run has moved it aside already.
      if (cause.code !== 'ENOENT') throw cause;
    });
    await rm(aside, { recursive: true, force: true });
  }
}

/** What systems say of a rename onto a folder that is not empty. */
const occupied = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'];
