/** The net under the public surface: every export is fuzzed, and a share of the fuzzer's calls is made here. */
import { describe, expect, it } from 'vitest';
import * as fp from '../src/index.js';
import { constant } from './fuzz/entry.js';
import { files } from './fuzz/files.js';
import { fuzz } from './fuzz/fuzz.js';
import { entries, table } from './fuzz/table.js';

const exported = Object.keys(fp);
const methods = (name: string, prototype: object): string[] =>
  Object.getOwnPropertyNames(prototype)
    .filter((method) => method !== 'constructor')
    .map((method) => `${name}.${method}`);

/** Methods that only the package itself calls. */
const internal = ['GradientFlow.compare', 'GradientFlow.predict'];

describe('the table of calls', () => {
  it('knows every export, and nothing that is not exported', () => {
    const known = Object.keys(table).filter((name) => !name.includes('.'));
    expect(exported.filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => !exported.includes(name))).toEqual([]);
  });

  it('knows every method of what exports give', () => {
    const all = [
      ...methods('Model', fp.Model.prototype),
      ...methods('GradientFlow', fp.GradientFlow.prototype),
      ...Object.keys(fp.createDataAccess()).map((name) => `DataAccess.${name}`),
    ];
    expect(all.filter((name) => !internal.includes(name) && !(name in table))).toEqual([]);
  });

  it('calls every function', () => {
    const values: Readonly<Record<string, unknown>> = fp;
    expect(exported.filter((name) => typeof values[name] === 'function' && table[name] === constant)).toEqual([]);
  });
});

describe('the fuzzer', () => {
  it('finds nothing in a share of its calls', { timeout: 300_000 }, async () => {
    const { findings, tallies, text } = await fuzz({ seed: '1', calls: 2500, lanes: 2 });
    // Of every kind: a hang as well as a number that is not finite, an option not heard, an error that names no argument.
    expect(findings, text).toEqual([]);
    expect([...tallies.keys()].sort()).toEqual([...entries.keys(), ...Object.keys(files)].sort());
    // A generator whose valid calls are all refused tests no check behind the first.
    const idle = [...tallies].filter(([, { valid, validAccepted }]) => valid > 0 && validAccepted === 0);
    expect(idle.map(([name]) => name).filter((name) => !/^DataAccess|^fetchDataset/.test(name))).toEqual([]);
  });
});
