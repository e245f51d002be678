/** Folders and files that are made whole or not at all. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FprincipleError } from './errors.js';

/**
 * Makes a folder and those it lies in.
 *
 * Folder by folder: where one refuses to hold any (those of /proc do) Node's own recursive `mkdir` tries for ever.
 * @throws `IO` naming the path and what stands in its way
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  let at = resolve(path);
  try {
    while (!(await isFolder(at))) {
      missing.push(at);
      at = dirname(at);
    }
    for (const folder of missing.reverse()) {
      await mkdir(folder).catch((cause: NodeJS.ErrnoException) => {
        // Somebody else was quicker.
        if (cause.code !== 'EEXIST') throw cause;
      });
    }
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FprincipleError('IO', `the folder ${path} cannot be made: ${why}`, { cause });
  }
}

/** `false` where nothing is there yet. @throws `IO` where a file is */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    // ENOTDIR: a folder further up is a file, which is found when the search gets there.
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw cause;
  });
  if (found === undefined || found.isDirectory()) return found !== undefined;
  throw new FprincipleError('IO', `${path} is a file; expected a folder`);
}

/** Writes a file under a name of its own and renames it: a reader, or a second writer, never meets half of it. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await writeFile(partial, content, { flag: 'wx' });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw cause;
  }
}
