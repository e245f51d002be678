/** In place of `src/core/native.ts` in the playground's worker: the same door, the WebAssembly engine behind it. */
import { fromNative } from '../../core/errors.js';

let engine: object | undefined;

/** Called once, before anything else. */
export const setEngine = (started: object): void => {
  engine = started;
};

type Engine = Record<string, (...args: unknown[]) => unknown>;

export const native = (): Engine => engine as Engine;

export function call<T>(run: (addon: Engine) => T): T {
  try {
    return run(native());
  } catch (error) {
    throw fromNative(error);
  }
}

export const checkMemory = (): void => {};

export async function runTask<T>(start: (addon: Engine, control: object) => Promise<T>): Promise<T> {
  try {
    return await start(native(), {});
  } catch (error) {
    throw fromNative(error);
  }
}
