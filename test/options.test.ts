import { describe, expect, it } from 'vitest';
import { checkOptions, requireOptions } from '../src/core/options.js';

interface Options {
  threads?: number;
  seed?: number;
}

describe('lists of option names', () => {
  it('are held complete by the compiler', () => {
    const given: Options = { seed: 1 };
    expect(checkOptions(given, ['threads', 'seed'])).toEqual({ seed: 1 });
    // @ts-expect-error: `seed` is left out, and would be refused.
    expect(() => checkOptions(given, ['threads'])).toThrow('options: there is no "seed"');
    // @ts-expect-error: there is no `sead`.
    expect(() => requireOptions(given, ['threads', 'sead'])).toThrow('options: there is no "seed"');
  });
});
