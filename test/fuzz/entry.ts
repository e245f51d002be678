/** What the fuzzer knows of an export: how a valid call of it looks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/index.js';
import { Random } from './random.js';

/** What the makers of one call work with. */
export class Kit {
  readonly random: Random;
  readonly controller = new AbortController();
  #folder: string | undefined;

  constructor(text: string) {
    this.random = new Random(text);
  }

  /** A folder for this call alone, made when it is asked for. */
  get folder(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'fprinciple-fuzz-'));
    return this.#folder;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Takes the folder away. */
  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Some of these options: each is there in half of the calls, but for the signal, without which nothing can be aborted. */
  some(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(options).filter(([name]) => this.random.chance(0.5) || name === 'signal'));
  }
}

/** A valid call of an export, to be spoilt. */
export interface Entry {
  /** Arguments that the export takes. */
  args(kit: Kit): unknown[] | Promise<unknown[]>;
  /** The call; by default the export of the entry's name is called. */
  call?(args: readonly unknown[], kit: Kit): unknown;
  /** The result may hold NaN and infinities, or be nothing: as the export's documentation says. */
  result?: 'any';
  /** Codes with which a valid call may be refused, for reasons that lie outside of it. */
  refused?: readonly ErrorCode[];
  /** Fields whose kind is not checked since anything may stand there: a name on their path, an argument's number, or `*` for all. */
  free?: readonly string[];
  /**
   * What may hold more names than are read, as a whole history does where its steps are asked for: a name on the path to it,
   * or an argument's number.
   */
  open?: readonly string[];
  /** The call costs so many times the usual: it is made that many times less often in a short run. */
  cost?: number;
  /** The first argument is a file's bytes: bytes are spoilt, not fields. */
  file?: true;
}

/** An export that is no function and has nothing to be called with. */
export const constant = 'constant';

export type Table = Readonly<Record<string, Entry | typeof constant>>;
