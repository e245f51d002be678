/**
 * The folder of a sweep, on this machine or shared by many.
 *
 * ```
 * <sweep>/
 *   sweep.json           what was asked for                 identity        the sweep's own name, random
 *   runs/<id>.json       a result, with its checksum        data/<id>.npz   its arrays, where it has any
 *   failures/<id>.json   a run's error                      logs/           what each process did
 *   paused/<id>.npz      a training that may go on (halving), as long as it may
 *   claims/, workers/    who is at what, where several work on the folder (see `claims`)
 * ```
 *
 * A result is written to a temporary name and renamed: a file that exists is whole, whoever was killed. Two processes
 * that commit the same run replace a result by an equal one. Damage from elsewhere is found by the checksum.
 */
import { createHash, randomBytes } from 'node:crypto';
import { access, appendFile, link, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { FprincipleError } from '../../core/errors.js';
import { makeFolder } from '../../core/files.js';
import type { Claim } from '../../experiment/claims.js';
import type { PresetName } from '../../experiment/define.js';

/**
 * Version of the folder's files; raised when something in them, or what a seed draws, changes its meaning. 1 is that of
 * 0.1.0; in 2 every draw is named by a seed and a stream, so that the same seed stands for other numbers.
 */
export const sweepFormat = 2;

/** Whether files of this version can be read: what 0.1.0 wrote says the same, whether it carries its number or not. */
export const isReadableSweep = (format: unknown): boolean =>
  format === sweepFormat || format === 1 || format === undefined;

/** One run's result, as `runs/<id>.json` holds it beside its `sha256`. */
export interface SweepResult<P = Record<string, unknown>> {
  /** Version of the sweep's files: 2, or 1 where 0.1.0 did the run. */
  format: number;
  /** Hash of all that the run's numbers depend on. */
  id: string;
  /** Its id, or `training`. */
  experiment: string;
  /** That the parameters began from. */
  preset: PresetName;
  /** Resolved, every default filled in. */
  parameters: P;
  /** From which every random number of the run comes. */
  seed: number;
  /** Of this package. */
  version: string;
  /** The SIMD path that computed it. */
  simd: string;
  /** Digest of the package's code that the run depends on; missing in one of 0.1.0. */
  code?: string | undefined;
  /** A training that diverged is a result too; an experiment that stopped for it has no metrics. */
  status: 'completed' | 'diverged';
  /** Named numbers; `null` where there is none. */
  metrics: Record<string, number | null>;
  /** What the sources say, as measured. */
  claims: Claim[];
  /** CSV text by the table's id. */
  tables: Record<string, string>;
  /** SHA-256 of `data/<id>.npz`. */
  arrays?: string;
  /** Wall time of the run; trainings done together share theirs. */
  seconds: number;
  /** The machine's name. */
  host: string;
  /** ISO 8601, UTC. */
  finished: string;
}

/** A run that ended in an error. */
export interface Failure {
  /** Hash of all that the run's numbers depend on. */
  id: string;
  /** Of the error, as in {@link FprincipleError.code}. */
  code: string;
  /** Of the error, in a sentence. */
  message: string;
  /** How often it was tried. */
  attempts: number;
  /** Where it was tried last. */
  host: string;
  /** When it was given up: ISO 8601, UTC. */
  finished: string;
}

/** What is equal bit by bit whoever did the run, when and how often: all but time and place. */
export function reproducible({
  seconds: _,
  host: __,
  finished: ___,
  ...rest
}: SweepResult): Omit<SweepResult, 'seconds' | 'host' | 'finished'> {
  return rest;
}

const digest = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Temporary files older than this were left by a process that was killed. */
const abandonedAfter = 3_600_000;

export class Store {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = resolve(folder);
  }

  /** Makes the folder and finds out whether it can be written. @throws `IO` */
  async open(): Promise<void> {
    await this.#io(async () => {
      for (const name of ['runs', 'data', 'failures', 'logs'])
        await makeFolder(join(this.folder, name)).catch((cause: Error) => {
          throw new FprincipleError('IO', `${this.folder} cannot be written: ${cause.message}`, { cause });
        });
      await this.#write('runs/.probe', '');
      await rm(join(this.folder, 'runs/.probe'), { force: true });
      for (const name of ['runs', 'data', 'failures']) {
        for (const file of await readdir(join(this.folder, name))) {
          if (!file.includes('.partial')) continue;
          const path = join(this.folder, name, file);
          const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
          if (age > abandonedAfter) await rm(path, { force: true });
        }
      }
    });
  }

  /** Ids of the results that are there, unchecked. */
  async listed(): Promise<Set<string>> {
    return this.#ids('runs');
  }

  /** Whether a result of that id is there, unchecked. */
  async has(id: string): Promise<boolean> {
    return access(join(this.folder, 'runs', `${id}.json`)).then(
      () => true,
      () => false,
    );
  }

  /** The result, `missing`, or `damaged` where the file or its arrays do not match their checksums. */
  async read(id: string): Promise<SweepResult | 'missing' | 'damaged'> {
    const text = await this.#text(`runs/${id}.json`);
    if (text === undefined) return 'missing';
    let parsed: SweepResult & { sha256?: string };
    try {
      parsed = JSON.parse(text) as typeof parsed;
    } catch {
      return 'damaged';
    }
    if (typeof parsed !== 'object' || parsed === null) return 'damaged';
    const { sha256, ...result } = parsed;
    if (sha256 !== digest(JSON.stringify(result)) || result.id !== id || !isReadableSweep(result.format)) {
      return 'damaged';
    }
    if (result.arrays !== undefined) {
      const bytes = await readFile(join(this.folder, 'data', `${id}.npz`)).catch(() => undefined);
      if (!bytes || digest(bytes) !== result.arrays) return 'damaged';
    }
    return result;
  }

  /** Every whole result of the folder by its id, whichever sweep it is of. */
  async readAll(): Promise<Map<string, SweepResult>> {
    const ids = [...(await this.listed())].sort();
    const found = new Map<string, SweepResult>();
    // Some files at a time: thousands at once would exhaust the process' file handles.
    for (let i = 0; i < ids.length; i += 64) {
      const read = await Promise.all(ids.slice(i, i + 64).map((id) => this.read(id)));
      for (const result of read) if (typeof result !== 'string') found.set(result.id, result);
    }
    return found;
  }

  /** Writes a result, its arrays first; a failure of the same run is forgotten. @throws `IO`, for instance a full disk */
  async commit(result: SweepResult, npz?: Uint8Array, paused?: Uint8Array): Promise<void> {
    await this.#io(async () => {
      if (paused) {
        await makeFolder(join(this.folder, 'paused'));
        await this.#write(`paused/${result.id}.npz`, paused);
      }
      const whole = npz ? { ...result, arrays: digest(npz) } : result;
      if (npz) await this.#write(`data/${result.id}.npz`, npz);
      const sha256 = digest(JSON.stringify(whole));
      await this.#write(`runs/${result.id}.json`, `${JSON.stringify({ ...whole, sha256 })}\n`);
      if (this.#hadFailures) await rm(join(this.folder, 'failures', `${result.id}.json`), { force: true });
    });
  }

  /** The paused training of a run, `undefined` where there is none; one that is damaged its reader finds out. */
  readPaused(id: string): Promise<Uint8Array | undefined> {
    return readFile(join(this.folder, 'paused', `${id}.npz`)).catch(() => undefined);
  }

  /** Nobody will go on with these. */
  async forgetPaused(ids: readonly string[]): Promise<void> {
    for (const id of ids) await rm(join(this.folder, 'paused', `${id}.npz`), { force: true }).catch(() => undefined);
  }

  /** Nothing is left to do: nobody goes on with any. */
  async forgetAllPaused(): Promise<void> {
    await rm(join(this.folder, 'paused'), { recursive: true, force: true }).catch(() => undefined);
  }

  /** Takes a result away, so that its run is done again. */
  async discard(id: string): Promise<void> {
    await this.#io(() => rm(join(this.folder, 'runs', `${id}.json`), { force: true }));
  }

  async fail(failure: Failure): Promise<void> {
    this.#hadFailures = true;
    await this.#io(() => this.#write(`failures/${failure.id}.json`, `${JSON.stringify(failure)}\n`));
  }

  /** Takes the failures of these runs away, so that they are done again. */
  async forgetFailures(ids: readonly string[]): Promise<void> {
    const known = await this.#ids('failures');
    for (const id of ids) {
      if (known.has(id)) await this.#io(() => rm(join(this.folder, 'failures', `${id}.json`), { force: true }));
    }
  }

  /** Failures by run. */
  async failures(): Promise<Map<string, Failure>> {
    const found = new Map<string, Failure>();
    for (const id of await this.#ids('failures')) {
      const text = await this.#text(`failures/${id}.json`);
      if (text === undefined) continue;
      try {
        found.set(id, JSON.parse(text) as Failure);
      } catch {
        // A damaged one is none: its run is done again.
      }
    }
    this.#hadFailures ||= found.size > 0;
    return found;
  }

  /** A file of JSON of the sweep's own, `undefined` where it is not there. @throws `IO` when it is damaged */
  async readJson<T>(name: string): Promise<T | undefined> {
    const text = await this.#text(name);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new FprincipleError('IO', `${join(this.folder, name)} is damaged: it is not JSON`, { cause });
    }
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.#io(() => this.#write(name, `${JSON.stringify(value, null, 2)}\n`));
  }

  /** The sweep's own name, made on first use: what others, a queue for instance, know this folder by. */
  async identity(): Promise<string> {
    const known = await this.#text('identity');
    if (known !== undefined) return known.trim();
    return this.#io(async () => {
      const partial = join(this.folder, `identity.${randomBytes(6).toString('hex')}.partial`);
      const made = randomBytes(8).toString('hex');
      await writeFile(partial, `${made}\n`, { flag: 'wx' });
      try {
        // Unlike a rename this fails where another process was quicker.
        await link(partial, join(this.folder, 'identity'));
        return made;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
        return (await readFile(join(this.folder, 'identity'), 'utf8')).trim();
      } finally {
        await rm(partial, { force: true });
      }
    });
  }

  /** A line of this process' log; a log that cannot be written stops nothing. */
  async log(line: string): Promise<void> {
    const path = join(this.folder, 'logs', `${hostname()}-${process.pid}.log`);
    await appendFile(path, `${new Date().toISOString()} ${line}\n`).catch(() => undefined);
  }

  /** Asks whoever works on this sweep to stop. */
  requestCancel(): Promise<void> {
    return this.#io(() => this.#write('cancelled', ''));
  }

  clearCancel(): Promise<void> {
    return this.#io(() => rm(join(this.folder, 'cancelled'), { force: true }));
  }

  isCancelled(): Promise<boolean> {
    return access(join(this.folder, 'cancelled')).then(
      () => true,
      () => false,
    );
  }

  #hadFailures = false;

  async #ids(name: string): Promise<Set<string>> {
    const files = await readdir(join(this.folder, name)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return [];
      throw this.#unreadable(cause);
    });
    return new Set(files.flatMap((file) => /^([0-9a-f]+)\.json$/.exec(file)?.[1] ?? []));
  }

  async #text(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.folder, name), 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#unreadable(cause);
    }
  }

  async #write(name: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.folder, name);
    const partial = `${path}.${randomBytes(6).toString('hex')}.partial`;
    try {
      await writeFile(partial, content, { flag: 'wx' });
      await rename(partial, path);
    } catch (cause) {
      await rm(partial, { force: true }).catch(() => undefined);
      throw cause;
    }
  }

  #unreadable(cause: unknown): FprincipleError {
    return new FprincipleError('IO', `${this.folder} cannot be read: ${(cause as Error).message}`, { cause });
  }

  async #io<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof FprincipleError) throw cause;
      const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'the disk is full: ' : '';
      throw new FprincipleError('IO', `${this.folder} cannot be written: ${full}${(cause as Error).message}`, {
        cause,
      });
    }
  }
}
