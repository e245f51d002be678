/**
 * Who is at which run, where several processes work on one folder: no server, a file system that they share is enough.
 *
 * ```
 * workers/<name>        written anew every other second by a process that lives; it counts
 * claims/<id>.<n>       the name of the process that does run <id>; made only where it is not there yet, which one process can
 * ```
 *
 * A claim holds as long as its process is seen to count. Once it has stood still for the lease, or has said goodbye, the next
 * number may be claimed, again by one only: nothing is taken from anybody, so that no two can hold the same. Clocks are not
 * compared: each process watches the counts by its own. A process that is taken for dead and is not does a run that somebody
 * else does too: their results are equal, and the second replaces the first.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../core/files.js';

export interface ClaimsOptions {
  /** Seconds without a sign of life after which a process is taken for dead. Default 15. */
  lease?: number | undefined;
}

export const defaultLease = 15;
/** Sights of a process between two of which it is not looked at again, in milliseconds. */
const freshFor = 250;

interface Sight {
  text: string;
  /** When that was first seen, and when it was last looked. */
  since: number;
  looked: number;
}

export class Claims {
  readonly name = `${hostname().replace(/[^\w.-]/g, '_')}-${process.pid}-${randomBytes(4).toString('hex')}`;
  readonly #folder: string;
  readonly #lease: number;
  readonly #sights = new Map<string, Sight>();
  readonly #held = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(folder: string, { lease = defaultLease }: ClaimsOptions = {}) {
    this.#folder = folder;
    this.#lease = lease * 1000;
  }

  /** From now on this process is seen to live. @throws `IO` */
  async begin(): Promise<void> {
    for (const name of ['claims', 'workers']) await makeFolder(join(this.#folder, name));
    await this.#beat();
    this.#timer = setInterval(() => void this.#beat().catch(() => undefined), Math.min(2000, this.#lease / 4));
    this.#timer.unref();
  }

  /** Says goodbye: what it holds may be claimed at once. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    for (const id of [...this.#held.keys()]) await this.release(id);
    await rm(this.#own, { force: true }).catch(() => undefined);
  }

  /** Whether this process may do the run: nobody else that lives is at it. */
  async claim(id: string): Promise<boolean> {
    for (let n = 0; ; n++) {
      const path = join(this.#folder, 'claims', `${id}.${n}`);
      try {
        await writeFile(path, this.name, { flag: 'wx' });
        this.#held.set(id, path);
        return true;
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code !== 'EEXIST') throw cause;
      }
      const holder = await readFile(path, 'utf8').catch(() => undefined);
      // Given back since.
      if (holder === undefined) n--;
      else if (await this.#lives(holder, path)) return false;
    }
  }

  /** Gives a claim back, once the run's outcome is in the folder. */
  async release(id: string): Promise<void> {
    const path = this.#held.get(id);
    this.#held.delete(id);
    if (path !== undefined) await rm(path, { force: true }).catch(() => undefined);
  }

  /** How many other processes are seen to live. */
  async others(): Promise<number> {
    const names = await readdir(join(this.#folder, 'workers')).catch(() => []);
    let count = 0;
    for (const name of names) if (name !== this.name && (await this.#lives(name, ''))) count++;
    return count;
  }

  /** Takes away what processes that died have left; for when nothing is left to do. */
  async clear(): Promise<void> {
    await rm(join(this.#folder, 'claims'), { recursive: true, force: true }).catch(() => undefined);
    for (const name of await readdir(join(this.#folder, 'workers')).catch(() => [])) {
      if (!(await this.#lives(name, '')))
        await rm(join(this.#folder, 'workers', name), { force: true }).catch(() => undefined);
    }
  }

  get #own(): string {
    return join(this.#folder, 'workers', this.name);
  }

  async #beat(): Promise<void> {
    await writeFile(this.#own, String(++this.#count));
  }

  /**
   * Whether a process has not yet stood still for the lease. Whoever is seen for the first time lives.
   * @param claim where a process was killed between making its claim and signing it: that file stands for it
   */
  async #lives(name: string, claim: string): Promise<boolean> {
    if (name === this.name) return true;
    const key = name || claim;
    const known = this.#sights.get(key);
    const now = performance.now();
    if (known && now - known.looked < freshFor) return now - known.since < this.#lease;
    const text = name
      ? await readFile(join(this.#folder, 'workers', name), 'utf8').catch(() => undefined)
      : await stat(claim).then(
          ({ mtimeMs }) => String(mtimeMs),
          () => undefined,
        );
    // It has said goodbye.
    if (text === undefined) return false;
    // While it is being written, the file is empty.
    const same = known && (known.text === text || text === '');
    this.#sights.set(key, { text, since: same ? known.since : now, looked: now });
    return now - (same ? known.since : now) < this.#lease;
  }
}
