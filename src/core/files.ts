/**
 * Files and folders, made whole or not at all, and files read that are never larger than the memory that is meant for them.
 *
 * Two writers of one path never meet: each has a temporary file of its own beside it, which is renamed when its bytes are
 * on the disk. Who opens the path finds the earlier file or one of the new ones, never a mixture.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, pathText } from './describe.js';
import { FprincipleError, invalidArgument } from './errors.js';

/** How a file is read. */
export interface ReadOptions {
  /** What the path stands for, as the first word of messages; default none. */
  what?: string;
  /** The most bytes that it may have; default 2 GiB - 1, the most that Node reads at once. */
  limit?: number;
}

/** Longest path that file systems take, in bytes. */
const longestPath = 4096;

/**
 * The path of a file or a folder.
 * @throws `INVALID_ARGUMENT` for what can be none
 */
export function checkPath(path: unknown, name = 'path'): string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0') && Buffer.byteLength(path) < longestPath)
    return path;
  const form = typeof path === 'string' ? ` of 1 to ${longestPath - 1} bytes, none of them 0` : '';
  throw invalidArgument(`${name}: expected a path${form}, got ${describe(path)}`);
}

const mostBytes = 2 ** 31 - 1;

/**
 * The bytes of a regular file.
 * @throws `IO` when it is not there, a folder, a device or a pipe, larger than `limit`, or not to be read
 */
export function readWholeSync(path: string, options: ReadOptions = {}): Buffer {
  return guarded(path, options, () => {
    const file = openSync(path, 'r');
    try {
      check(fstatSync(file), options);
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  });
}

/** {@link readWholeSync}, off the event loop. */
export async function readWhole(path: string, options: ReadOptions = {}): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      check(await file.stat(), options);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw failure(path, options.what, cause);
  }
}

/**
 * Writes `bytes` to `path`, on the disk before the name is given.
 * @throws `IO`; nothing is left behind then, and what was there stays
 */
export function writeWholeSync(path: string, bytes: Uint8Array, what?: string): void {
  const own = temporary(path);
  guarded(path, what === undefined ? {} : { what }, () => {
    try {
      const file = openSync(own, 'wx');
      try {
        writeFileSync(file, bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(own, path);
    } catch (cause) {
      rmSync(own, { force: true });
      throw cause;
    }
  });
}

/** {@link writeWholeSync}, off the event loop. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const own = temporary(path);
  try {
    const file = await open(own, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(own, path);
  } catch (cause) {
    await rm(own, { force: true }).catch(() => undefined);
    throw failure(path, undefined, cause);
  }
}

/** A name beside `path` that no other writer has. */
const temporary = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(8).toString('hex')}.part`);

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
    throw new FprincipleError('IO', `the folder ${pathText(path)} cannot be made: ${why}`, { cause });
  }
}

/** {@link makeFolder}, at once. */
export function makeFolderSync(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  try {
    for (const folder of missing.reverse()) if (!existsSync(folder)) mkdirSync(folder);
    if (!statSync(path).isDirectory()) throw new Error('a file is in its place');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FprincipleError('IO', `the folder ${pathText(path)} cannot be made: ${why}`, { cause });
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

function check(
  file: { isFile(): boolean; isDirectory(): boolean; size: number },
  { limit = mostBytes }: ReadOptions,
): void {
  if (file.isDirectory()) throw new Error('is a folder');
  if (!file.isFile()) throw new Error('is not a regular file');
  if (file.size > limit) throw new Error(`has ${file.size} bytes, expected at most ${limit}`);
}

function guarded<T>(path: string, { what }: ReadOptions, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw failure(path, what, cause);
  }
}

/** What the file system says, as an error with the path. */
export function failure(path: string, what: string | undefined, cause: unknown): FprincipleError {
  if (cause instanceof FprincipleError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const text = cause instanceof Error ? cause.message : String(cause);
  const reason = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a folder' : text;
  return new FprincipleError('IO', `${what === undefined ? '' : `${what}: `}${pathText(path)}: ${reason}`, { cause });
}
