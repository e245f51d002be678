/** A limit on the memory of what runs at once. */
import { freemem } from 'node:os';

/** Default: four fifths of what is free when the sweep starts, to this process where a container or Slurm limits it. */
export const defaultMemoryLimit = (): number => Math.floor((process.availableMemory?.() ?? freemem()) * 0.8);

/** Lets work begin while the bytes of all that runs stay under the limit. One piece alone always may begin. */
export class MemoryGate {
  #used = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly limit: number) {}

  async enter(bytes: number): Promise<() => void> {
    while (this.#used > 0 && this.#used + bytes > this.limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#used += bytes;
    return () => {
      this.#used -= bytes;
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }
}
