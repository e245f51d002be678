/** The language of experiments: controls, levels, saved data, presenting again, parameters' types, building blocks. */
import { deepStrictEqual } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { citedIn } from '../src/bibliography.js';
import { describeContrast } from '../src/experiment/claims.js';
import { decodeData, encodeData } from '../src/experiment/data.js';
import { sineMixture } from '../src/experiments/frequency-principle/sine-mixture.js';
import {
  above,
  cite,
  defineExperiment,
  encodeNpz,
  grid,
  increasing,
  mlp,
  orderClaim,
  presentAgain,
  readNpz,
  readRun,
  runExperiment,
  runToFolder,
  trainAll,
} from '../src/index.js';

const text = { id: 'c', statement: 's', source: 'here' };

describe('controls', () => {
  it('a claim passes only where no control meets it too', () => {
    const control = (measured: number[]) => ({ statement: 'reversed', measured });
    expect(above(1, { ...text, measured: [2, 3], control: control([0, 2]) })).toMatchObject({
      pass: true,
      share: 1,
      controls: [{ statement: 'reversed', measured: [0, 2], holds: false, share: 0.5 }],
    });
    expect(above(1, { ...text, measured: [2, 3], control: control([2, 2]) }).pass).toBe(false);
    expect(above(1, { ...text, measured: [2, 0], control: control([0, 0]) })).toMatchObject({
      pass: false,
      share: 0.5,
    });
    expect(above(1, { ...text, measured: [2], control: [control([0]), control([5])] }).pass).toBe(false);
    expect(above(1, { ...text, measured: 2, control: { none: 'an identity' } })).toMatchObject({
      pass: true,
      uncontrolled: 'an identity',
    });
  });

  it('rows are networks, a single row is one', () => {
    const rows = [
      [1, 2, 3],
      [1, 3, 2],
    ];
    expect(increasing({ ...text, measured: rows }).share).toBe(0.5);
    expect(increasing({ ...text, measured: [1, 2, 3] }).share).toBe(1);
    const claim = increasing({ ...text, measured: rows, control: { statement: 'turned', measured: [[3, 2, 1]] } });
    expect(describeContrast(claim)).toBe('holds in 1 of 2; in the control (turned) in 0 of 1');
  });

  it('what an experiment says of its own verdict does not count', async () => {
    const claim = above(1, { ...text, measured: 2, control: { statement: 'a', measured: 3 } });
    const controls = [{ statement: 'a', measured: 3, holds: false, share: 0 }];
    const lying = defineExperiment({
      ...base,
      run: () => ({ claims: [{ ...claim, pass: true, controls }] }),
    });
    const { claims } = await runExperiment(lying);
    expect(claims[0]).toMatchObject({ pass: false, controls: [{ holds: true, share: 1 }] });
  });

  it('are refused where they say nothing', () => {
    expect(() => above(1, { ...text, measured: 2, control: { none: '' } })).toThrow('the reason');
    expect(() => above(1, { ...text, measured: 2, control: { measured: 1 } as never })).toThrow('control.statement');
    expect(() => above(1, { ...text, measured: 2, control: { statement: 's', measured: 'x' } as never })).toThrow(
      'control.measured',
    );
  });
});

describe('an order', () => {
  const steps = [0, 1, 2, 3, 4];
  // The first component is under 0.2 from step 2 on; the second touches it at 1, and settles at 4.
  const error = { data: Float64Array.of(1, 1, 0.4, 0.1, 0.2, 0.4, 0.1, 0.4, 0.06, 0.2), shape: [5, 2] };
  it('counts settled passages at the default level, and is shown at others', () => {
    const claim = orderClaim({ ...text, networks: [{ steps, error }] });
    expect(claim.measured).toEqual([[2, 4]]);
    expect(claim.pass).toBe(true);
    expect(claim.levels?.map(({ level, measured, holds }) => [level, measured, holds])).toEqual([
      [0.05, [[null, null]], false],
      [0.1, [[3, null]], false],
      [0.2, [[2, 4]], true],
      [0.3, [[2, 4]], true],
      [0.5, [[1, 1]], false],
    ]);
    expect(describeContrast(claim)).toBe('holds in 1 of 1; holds at 2 of 5 levels (not at 0.05, 0.1, 0.5)');
    expect(orderClaim({ ...text, networks: [{ steps, error }], settled: false }).measured).toEqual([[2, 1]]);
  });
});

const base = {
  id: 'saved',
  title: 'Saved',
  source: 'none',
  parameters: z.object({ n: z.int().default(3), nested: z.object({ rate: z.number().default(1) }).prefault({}) }),
  presets: { quick: {}, paper: {} },
};

describe('measured data', () => {
  const list = fc.oneof(
    fc.float64Array({ maxLength: 5 }),
    fc.float32Array({ maxLength: 5 }),
    fc.int32Array({ maxLength: 5 }),
    fc.uint8Array({ maxLength: 5 }),
  );
  const array = fc.float64Array({ minLength: 6, maxLength: 6 }).map((data) => ({ data, shape: [2, 3] }));
  const name = fc.oneof(fc.string(), fc.constantFrom('$array', '$number', '__proto__', 'a.b', 'constructor'));
  const { data } = fc.letrec((tie) => ({
    data: fc.oneof(
      { maxDepth: 4 },
      fc.double(),
      fc.constantFrom(Number.NaN, Infinity, -Infinity, -0),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      list,
      array,
      fc.array(tie('data'), { maxLength: 4 }),
      fc.array(fc.tuple(name, tie('data')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  it('is read back to the bit and the type', () => {
    fc.assert(
      fc.property(data, (value) => {
        const { json, arrays } = encodeData(value);
        // (Of a name `constructor` toStrictEqual thinks that it is one.)
        deepStrictEqual(decodeData(json, readNpz(encodeNpz(arrays))), value);
      }),
    );
  });

  it('has arrays under names that are none', () => {
    const value = { '': [Float64Array.of(1)], '.': { '': Float64Array.of(2) } };
    const { json, arrays } = encodeData(value);
    expect(decodeData(json, readNpz(encodeNpz(arrays)))).toEqual(value);
  });

  it('that is not plain is refused by its place', async () => {
    const held: unknown[] = [];
    held.push(held);
    for (const [value, place] of [
      [{ a: [1, () => 1] }, 'data.a.1'],
      [{ a: new Map() }, 'data.a'],
      [[undefined], 'data.0'],
      [{ big: 1n }, 'data.big'],
      [held, 'nested'],
    ] as const) {
      expect(() => encodeData(value)).toThrow(place);
    }
    const faulty = defineExperiment({ ...base, measure: () => ({ f: () => 1 }), present: () => ({}) });
    await expect(runExperiment(faulty)).rejects.toThrow('data.f');
  });
});

describe('presenting again', () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'fprinciple-again-'));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  let measured = 0;
  const with_ = (bound: number) =>
    defineExperiment({
      ...base,
      measure({ parameters: { n } }) {
        measured++;
        return { values: Float64Array.from({ length: n }, (_, i) => i), nothing: Number.NaN };
      },
      present({ values, nothing }, { n }) {
        return {
          metrics: { n, last: values.at(-1) ?? null, nothing },
          claims: [above(bound, { ...text, measured: [...values] })],
          tables: [{ id: 't', title: 'T', columns: { values: [...values] } }],
        };
      },
    });

  it('makes everything anew of the saved data, and keeps what is of the run', async () => {
    const { folder, record } = await runToFolder(with_(1), { out, seed: 5, parameters: { n: 4 } });
    expect(record.claims[0]?.pass).toBe(false);
    expect(measured).toBe(1);
    const again = await presentAgain(folder, { experiment: with_(-1) });
    expect(measured).toBe(1);
    expect(again.folder).toBe(folder);
    const { claims, presented, ...rest } = again.record;
    const { claims: _, ...before } = record;
    expect(claims[0]?.pass).toBe(true);
    expect(rest).toEqual({ ...before, metrics: again.record.metrics });
    expect(presented).toMatchObject({ version: record.versions.fprinciple });
    expect((await readRun(folder)).record).toEqual(JSON.parse(JSON.stringify(again.record)));
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('Presented again');
    // And once more: the data is still there.
    await presentAgain(folder, { experiment: with_(1) });
  });

  it('refuses a run without data, of another experiment, or damaged', async () => {
    const { folder } = await runToFolder(defineExperiment({ ...base, id: 'ran', run: () => ({}) }), { out });
    await expect(presentAgain(folder, { experiment: with_(0) })).rejects.toThrow('expected ran');
    const own = defineExperiment({ ...base, id: 'ran', run: () => ({}) });
    await expect(presentAgain(folder, { experiment: own })).rejects.toThrow('no measured data');
    await expect(presentAgain(folder)).rejects.toThrow('unknown experiment');
    const { folder: other } = await runToFolder(with_(0), { out, seed: 9 });
    await writeFile(join(other, 'data/measured.json'), '{"values": {"$array": "none"}}');
    await expect(presentAgain(other, { experiment: with_(0) })).rejects.toMatchObject({ code: 'IO' });
    await expect(presentAgain(join(out, 'nothing'))).rejects.toMatchObject({ code: 'IO' });
  });
});

it("keeps the parameters' type", () => {
  const typed = defineExperiment({
    ...base,
    measure: ({ parameters }) => parameters.n,
    present: (n) => ({ metrics: { n } }),
  });
  // Never called: what must not compile stands under @ts-expect-error.
  const calls = [
    () => runExperiment(sineMixture, { parameters: { steps: 10 } }),
    () => runExperiment(typed, { parameters: [{ n: 1 }, { nested: { rate: 2 } }] }),
    () => runToFolder(typed, { parameters: { nested: {} } }),
    // @ts-expect-error steps is a number
    () => runExperiment(sineMixture, { parameters: { steps: '10' } }),
    // @ts-expect-error there is no stepz
    () => runExperiment(sineMixture, { parameters: { stepz: 10 } }),
    // @ts-expect-error rate is a number
    () => runToFolder(typed, { parameters: { nested: { rate: 'fast' } } }),
    async () => (await runExperiment(typed)).parameters.nested.rate.toFixed(),
    // @ts-expect-error the data is a number
    () => defineExperiment({ ...base, measure: () => 1, present: (n) => ({ metrics: { n: n.length } }) }),
  ];
  expect(calls).toHaveLength(8);
});

it('needs measure with present, or run alone', () => {
  expect(() => defineExperiment(base)).toThrow('measure and present, or run');
  expect(() => defineExperiment({ ...base, measure: () => 1 })).toThrow('present: expected a function');
  expect(() => defineExperiment({ ...base, measure: () => 1, present: () => ({}), run: () => ({}) })).toThrow('alone');
});

describe('building blocks', () => {
  it('grid: every combination, the last axis fastest', () => {
    expect(grid({ k: [1, 2], seed: [7, 8] })).toEqual([
      { k: 1, seed: 7 },
      { k: 1, seed: 8 },
      { k: 2, seed: 7 },
      { k: 2, seed: 8 },
    ]);
    expect(grid({})).toEqual([{}]);
  });

  const shared = {
    spec: mlp({ input: 1, hidden: [4], output: 1, activation: 'tanh' }),
    x: [[0], [1]],
    y: [[0], [1]],
    loss: 'mse',
    steps: 5,
    record: { every: 1 },
  } as const;
  const context = { signal: new AbortController().signal, training: () => () => {} };

  it('trainAll: each cell with what its training recorded, as plain data; a divergence names the cell', async () => {
    const run = ({ seed }: { seed: number }) => ({ seed });
    const optimizer = { type: 'sgd', learningRate: 0.1 } as const;
    const fits = await trainAll(context, {
      cells: grid({ seed: [1, 2] }),
      run,
      shared: { ...shared, optimizer } as never,
    });
    expect(fits.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(fits[0]?.steps).toEqual([0, 1, 2, 3, 4, 5]);
    expect(() => encodeData(fits)).not.toThrow();
    const wild = { ...shared, steps: 200, optimizer: { type: 'sgd', learningRate: 1e30 } } as never;
    await expect(trainAll(context, { cells: [{ seed: 3 }], run, shared: wild })).rejects.toThrow('seed 3');
  });

  it('cite: full citations, and what of a text is none', () => {
    const one = cite('tancik2020', 'figure 4');
    expect(one).toContain('arXiv:2006.10739, figure 4');
    expect(citedIn(`${one}; ${cite('harris1978')}`)).toEqual({ keys: ['tancik2020', 'harris1978'], rest: [] });
    expect(citedIn('Seed 003').rest).toEqual(['Seed 003']);
    expect(() => cite('tancik' as never)).toThrow('tancik2020');
  });
});
