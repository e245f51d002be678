/** The net under the public surface: the fuzzer knows every export. */
import { describe, expect, it } from 'vitest';
import * as fp from '../src/index.js';
import { constant } from './fuzz/entry.js';
import { table } from './fuzz/table.js';

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
