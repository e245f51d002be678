/** A file system of its own that can be full or read-only: a tmpfs, where this process may mount one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'fprinciple-disk-'));

  /** @param size such as `200k` */
  constructor(size: string) {
    mkdirSync(this.folder, { recursive: true });
    this.#mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs');
  }

  /** Changes how it is mounted: `size=10m`, `ro`, `rw`. */
  remount(options: string): void {
    this.#mount('-o', `remount,${options}`);
  }

  remove(): void {
    spawnSync('umount', [this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #mount(...args: string[]): void {
    const { status, stderr, error } = spawnSync('mount', [...args, this.folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(error?.message ?? stderr.trim());
  }
}

/** Why there can be no such disk here, `undefined` where there can. */
export const noSmallDisk: string | undefined = (() => {
  try {
    new SmallDisk('64k').remove();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
})();
