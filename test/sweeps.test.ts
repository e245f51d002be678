import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseAxis } from '../src/cli/sweep.js';
import { parseCsv } from '../src/core/csv.js';
import { defineExperiment, type Figure, mlp, type Outcome, type SweepRun, sweep, trainMany } from '../src/index.js';
import { MemoryGate } from '../src/sweeps/executors/memory.js';
import { openSweep, planSweep, standing } from '../src/sweeps/folder/open.js';
import { reproducible, Store } from '../src/sweeps/folder/store.js';
import { combinations } from '../src/sweeps/plan/combinations.js';
import { checkSweep, parseCondition } from '../src/sweeps/plan/describe.js';
import { sobol } from '../src/sweeps/plan/sobol.js';
import { bestGroups } from '../src/sweeps/results/best.js';
import { sweepLines } from '../src/sweeps/results/figures.js';
import { sweepPage } from '../src/sweeps/results/page.js';
import { encodeParquet, groupRows, groupTable, runTable } from '../src/sweeps/results/table.js';
import { fprinciple } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-sweeps-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Does next to nothing; what it is asked to. */
const toy = defineExperiment({
  id: 'toy',
  title: 'A toy',
  source: 'test',
  parameters: z.object({
    width: z.number().default(1),
    depth: z.number().default(1),
    optimizer: z.object({ type: z.string().default('adam'), momentum: z.number().default(0) }).prefault({}),
    fail: z.boolean().default(false),
  }),
  presets: { quick: {}, paper: {} },
  run: ({ parameters: p, seed }) => {
    if (p.fail) throw new Error('asked to fail');
    return { metrics: { score: p.width * p.depth + seed, none: null } };
  },
});

async function all<P>(runs: AsyncIterable<SweepRun<P>>): Promise<SweepRun<P>[]> {
  const list: SweepRun<P>[] = [];
  for await (const run of runs) list.push(run);
  return list;
}

const points = (description: object) => [
  ...combinations(checkSweep(description), (point, path) => point[path] ?? { width: 10 }[path]),
];

describe('describing a sweep', () => {
  it('grid, zip, conditions and axes that only some runs have', () => {
    expect(points({ grid: { a: [1, 2], b: ['x', 'y'] } })).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
    ]);
    expect(points({ grid: { c: [0] }, zip: [{ a: [1, 2], b: [3, 4] }] })).toEqual([
      { c: 0, a: 1, b: 3 },
      { c: 0, a: 2, b: 4 },
    ]);
    const only = { if: { parameter: 'o', is: '=', value: 'sgd' }, grid: { momentum: [0, 0.9] } };
    expect(points({ grid: { o: ['adam', 'sgd'] }, when: [only] })).toEqual([
      { o: 'adam' },
      { o: 'sgd', momentum: 0 },
      { o: 'sgd', momentum: 0.9 },
    ]);
    const where = [{ parameter: 'a', is: '<', than: 'width' }];
    expect(points({ grid: { a: [5, 10, 15] }, where })).toEqual([{ a: 5 }]);
    expect(() => points({ zip: [{ a: [1], b: [1, 2] }] })).toThrow(/equal length, got a: 1, b: 2/);
    expect(() => checkSweep({ grid: { a: [] } })).toThrow(/grid.a/);
    expect(() => checkSweep({ gird: {} })).toThrow(/gird/);
  });

  it('says what is wrong with a description', () => {
    const wrong: [unknown, RegExp][] = [
      [[1], /sweep: expected an object/],
      [{ seeds: 'all' }, /seeds: expected a list of whole numbers, or first..last such as 0..9/],
      [{ seeds: [-1] }, /seeds/],
      [{ zip: [{}] }, /zip.0: expected at least one list/],
      [{ random: { count: 2, parameters: {} } }, /random.parameters: expected at least one parameter/],
      [{ sobol: { count: 2, parameters: { a: { unifrom: [0, 1] } } } }, /sobol.parameters.a: expected { uniform: /],
      [{ where: [{ parameter: 'a', is: '=' }] }, /either `value` or `than`/],
    ];
    for (const [description, message] of wrong) expect(() => checkSweep(description)).toThrow(message);
  });

  it('a condition on a parameter that nothing has is refused, with the nearest one', async () => {
    const condition = { parameter: 'optimizer.tpye', is: '=', value: 'sgd' };
    for (const description of [{ when: [{ if: condition, grid: { steps: [1] } }] }, { where: [condition] }]) {
      await expect(planSweep(description)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('no parameter "optimizer.tpye": did you mean "optimizer.type"?'),
      });
    }
    // One that only some optimizers have is no mistake.
    const momentum = { parameter: 'optimizer.momentum', is: '!=', value: 0.9 };
    const { runs } = await planSweep({ grid: { 'optimizer.type': ['adam', 'sgd'] }, where: [momentum] });
    expect(runs.length).toBe(2);
  });

  it("Sobol's points are SciPy's (Sobol(5, scramble=False).random(9)), in 21 dimensions balanced", () => {
    expect([...sobol(9, 5)]).toEqual([
      [0.0, 0.0, 0.0, 0.0, 0.0],
      [0.5, 0.5, 0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25, 0.25, 0.75],
      [0.25, 0.75, 0.75, 0.75, 0.25],
      [0.375, 0.375, 0.625, 0.875, 0.375],
      [0.875, 0.875, 0.125, 0.375, 0.875],
      [0.625, 0.125, 0.875, 0.625, 0.625],
      [0.125, 0.625, 0.375, 0.125, 0.125],
      [0.1875, 0.3125, 0.9375, 0.4375, 0.5625],
    ]);
    // Every coordinate of the first 2^10 points hits each of 2^10 intervals once.
    const many = [...sobol(1024, 21)];
    for (let d = 0; d < 21; d++) expect(new Set(many.map((p) => Math.floor(p[d]! * 1024))).size).toBe(1024);
  });

  it('random draws stay within their ranges, and a larger count keeps the earlier ones', () => {
    const random = (count: number) =>
      points({
        random: {
          count,
          seed: 3,
          parameters: {
            a: { uniform: [-1, 1] },
            b: { logUniform: [1e-4, 1] },
            c: { integer: [1, 3] },
            d: { choice: 'xy'.split('') },
          },
        },
      }) as { a: number; b: number; c: number; d: string }[];
    const many = random(2000);
    expect(random(10)).toEqual(many.slice(0, 10));
    const mean = (f: (p: (typeof many)[number]) => number) => many.reduce((s, p) => s + f(p), 0) / many.length;
    // Five standard errors of the mean of 2,000 uniform numbers.
    const error = 5 / Math.sqrt(12 * 2000);
    expect(Math.abs(mean((p) => (p.a + 1) / 2) - 0.5)).toBeLessThan(error);
    expect(Math.abs(mean((p) => 1 + Math.log10(p.b) / 4) - 0.5)).toBeLessThan(error);
    expect([...new Set(many.map((p) => p.c))].sort()).toEqual([1, 2, 3]);
    expect([...new Set(many.map((p) => p.d))].sort()).toEqual(['x', 'y']);
  });

  it('reads axes and conditions of the command line', () => {
    expect(parseAxis('network.hidden=[20],[40,40]')).toEqual({ 'network.hidden': [[20], [40, 40]] });
    expect(parseAxis('optimizer.type=adam,sgd')).toEqual({ 'optimizer.type': ['adam', 'sgd'] });
    expect(parseAxis('a=1e-3,{"b":[1,2]},"x,y"')).toEqual({ a: [1e-3, { b: [1, 2] }, 'x,y'] });
    expect(() => parseAxis('width')).toThrow(/--grid/);
    expect(parseCondition('width<=100', () => false)).toEqual({ parameter: 'width', is: '<=', value: 100 });
    expect(parseCondition('width > depth', (p) => p === 'depth')).toEqual({
      parameter: 'width',
      is: '>',
      than: 'depth',
    });
    expect(parseCondition('o.type!=sgd', () => false)).toEqual({ parameter: 'o.type', is: '!=', value: 'sgd' });
  });

  it('the id is that of what is computed: spelt-out defaults change nothing, a seed does', async () => {
    const ids = async (description: object) =>
      (await planSweep(description, toy, join(folder, 'ids'))).runs.map((r) => r.id);
    const [plain] = await ids({});
    expect(await ids({ parameters: { optimizer: { type: 'adam' }, width: 1 } })).toEqual([plain]);
    expect(await ids({ seeds: [1] })).not.toEqual([plain]);
    expect(await ids({ preset: 'paper' })).not.toEqual([plain]);
    expect(new Set(await ids({ grid: { width: [1, 1, 2] }, seeds: [0, 0] })).size).toBe(2);
    await expect(ids({ grid: { widht: [1] } })).rejects.toThrow(/widht = 1.*did you mean "width"/s);
    await expect(ids({ where: [{ parameter: 'width', is: '>', value: 5 }] })).rejects.toThrow(/no run/);
    // No run has the common value, and it is wrong all the same.
    await expect(ids({ parameters: { width: '2' }, grid: { width: [1, 2] } })).rejects.toThrow(/width/);
    await expect(ids({ parameters: { width: 7 }, grid: { width: [1, 2] } })).resolves.toHaveLength(2);
  });
});

describe('a training described as data', () => {
  const planned = async (parameters: object) =>
    (await planSweep({ experiment: 'training', parameters }, undefined, join(folder, 'plan'))).runs[0]!.id;

  it('width and depth are those of the hidden layers: one network, one id', async () => {
    expect(await planned({ width: 50 })).toBe(await planned({ network: { hidden: [50, 50] } }));
    expect(await planned({ width: 50, depth: 3 })).toBe(await planned({ network: { hidden: [50, 50, 50] } }));
    expect(await planned({ depth: 1 })).toBe(await planned({ network: { hidden: [40] } }));
    expect(await planned({ width: 40 })).toBe(await planned({}));
    const spec = mlp({ input: 1, hidden: [4], output: 1, activation: 'tanh' });
    await expect(planned({ network: spec, width: 5 })).rejects.toThrow(/width and depth are those of network.hidden/);
  });

  it('what is misspelt is refused before the first run, with the name that was meant', async () => {
    const wrong: [object, RegExp][] = [
      [{ widht: 5 }, /"widht": did you mean "width"/],
      [{ learningRate: 1 }, /"learningRate": did you mean "optimizer.learningRate"/],
      [{ optimizer: { lerningRate: 1 } }, /"optimizer.lerningRate": did you mean "learningRate"/],
      [{ optimizer: { type: 'adm' } }, /optimizer.type: .*'adam'.*got "adm"/],
      [{ optimizer: { type: 'sgd', beta1: 0.5 } }, /optimizer.beta1/],
      [{ network: { activation: 'tahn' } }, /network.activation: .*"tanh".*got "tahn"/],
      [{ loss: 'msee' }, /loss: .*"mse".*got "msee"/],
    ];
    for (const [parameters, message] of wrong) await expect(planned(parameters)).rejects.toThrow(message);
    expect(() => checkSweep({ experimnt: 'training' })).toThrow(/"experimnt": did you mean "experiment"/);
  });
});

describe('a sweep on this machine', () => {
  it('does every run once, and a grown grid only what is new', async () => {
    const out = join(folder, 'grown');
    const first = await all(sweep({ experiment: toy, grid: { width: [1, 2] }, seeds: '0..2', out }));
    expect(first.map((run) => run.status)).toEqual(Array(6).fill('completed'));
    const mtimes = async () => {
      const { results } = await standing(await planSweep({ grid: { width: [1, 2] }, seeds: '0..2' }, toy, out));
      return [...results.values()].map((result) => result.finished);
    };
    const before = await mtimes();
    const second = await all(sweep({ experiment: toy, grid: { width: [1, 2, 3] }, seeds: '0..2', out }));
    expect(second.length).toBe(9);
    expect(await mtimes()).toEqual(before);
    expect((await readdir(join(out, 'runs'))).length).toBe(9);
    expect(second.find((run) => run.point.width === 3 && run.seed === 2)).toMatchObject({
      metrics: { score: 5, none: null },
    });
  });

  it('trainings described as data: the bits of trainMany, packed or alone; one that diverges is a result', async () => {
    const out = join(folder, 'trainings');
    const training = { network: { hidden: [8] }, steps: 50, data: { type: 'sines' as const, points: 20 } };
    const grid = { 'optimizer.learningRate': [1e-3, 1e38] };
    const runs = await all(sweep({ training, grid, seeds: '0..9', out }));
    expect(runs.length).toBe(20);
    const x = Array.from({ length: 20 }, (_, j) => [-Math.PI + (2 * Math.PI * j) / 20]);
    const y = x.map(([v]) => [Math.sin(v!) + Math.sin(5 * v!)]);
    const seeds = Array.from({ length: 10 }, (_, seed) => ({ seed }));
    const direct = await trainMany(seeds, {
      spec: mlp({ input: 1, hidden: [8], output: 1, activation: 'tanh' }),
      x,
      y,
      loss: 'mse',
      optimizer: { type: 'adam', learningRate: 1e-3 },
      steps: 50,
      record: { log: 20 },
    });
    for (const run of runs) {
      if (run.status === 'failed') throw new Error(run.message);
      if (run.status === 'diverged') expect(run.metrics).toMatchObject({ loss: null, diverged: 1 });
      else expect(run.metrics.loss).toBe(direct[run.seed]!.history.loss.at(-1));
    }
    expect(runs.filter((run) => run.status === 'diverged').length).toBe(10);
    expect(runs.filter((run) => run.status === 'completed').length).toBe(10);
  });

  it('a batch of both precisions: each run in its own', async () => {
    const training = { width: 8, steps: 20, data: { points: 16 } };
    const mixed = { training, zip: [{ dtype: ['f32', 'f64', 'f32', 'f64'], steps: [20, 20, 21, 21] }], lanes: 1 };
    const together = await all(sweep({ ...mixed, out: join(folder, 'mixed') }));
    expect(together.length).toBe(4);
    for (const run of together) {
      if (run.status === 'failed') throw new Error(run.message);
      const { dtype, steps } = run.parameters;
      const out = join(folder, `alone-${dtype}-${steps}`);
      const [alone] = await all(sweep({ training: { ...training, dtype, steps }, out }));
      expect(alone).toMatchObject({ id: run.id, metrics: run.metrics });
    }
  });

  it('an experiment of a file is done in other processes, and anew where its text has changed', async () => {
    const file = join(folder, 'mine.ts');
    const text = (value: string) => `import { defineExperiment } from 'fprinciple';
      import { z } from 'zod';
      import { half } from './half.js';
      export default defineExperiment({ id: 'mine', title: 'Mine', source: 'test', parameters: z.object({}),
        presets: { quick: {}, paper: {} }, run: ({ seed }) => ({ metrics: { a: half(${value}), pid: process.pid } }) });`;
    await writeFile(join(folder, 'half.ts'), 'export const half = (v: number): number => v / 2;');
    const out = join(folder, 'from-file');
    const values = async () => {
      const runs = await all(sweep({ experiment: file, seeds: '0..2', out, lanes: 1 }));
      // Runs come as they are done: in no order where several are done at once.
      runs.sort((a, b) => a.seed - b.seed);
      return runs.map((run) => (run.status === 'failed' ? run.message : run.metrics));
    };
    await writeFile(file, text('seed'));
    const first = await values();
    expect(first).toEqual([0, 0.5, 1].map((a) => ({ a, pid: expect.any(Number) })));
    expect(first[0]).not.toMatchObject({ pid: process.pid });
    expect(await values()).toEqual(first);
    await writeFile(file, text('seed + 1'));
    expect(await values()).toMatchObject([{ a: 0.5 }, { a: 1 }, { a: 1.5 }]);
  });

  it('refuses options that make no sense, before anything is written', async () => {
    const out = join(folder, 'refused');
    const wrong: [unknown, RegExp][] = [
      [undefined, /options: expected an object/],
      [{ training: {}, experiment: 'sine-mixture' }, /`training` or `experiment`, got both/],
      [{ training: {}, lanes: 0 }, /lanes: expected an integer from 1 to 1024, got 0/],
      // A thousand million of them would be begun one by one.
      [{ training: {}, lanes: 1e9 }, /lanes: expected an integer from 1 to 1024/],
      [{ training: {}, lanes: '2' }, /lanes/],
      [{ training: {}, retries: -1 }, /retries: expected a whole number of 0 or more/],
      [{ training: {}, memoryLimit: Number.NaN }, /memoryLimit: expected a number of bytes above 0/],
      [{ training: {}, executor: 'cloud' }, /executor: expected local, folder, bullmq, slurm/],
      [{ training: {}, sedes: '0..3' }, /unknown field "sedes": did you mean "seeds"/],
      [{ training: {}, retires: 2 }, /unknown field "retires": did you mean "retries"/],
    ];
    for (const [options, message] of wrong) {
      const given = options === undefined ? undefined : { ...(options as object), out };
      await expect(all(sweep(given as never))).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(message),
      });
    }
    expect(await readdir(folder)).not.toContain('refused');
  });

  it('results of an experiment that lives in a program can be read by the command line', async () => {
    const out = join(folder, 'own');
    await all(sweep({ experiment: toy, grid: { width: [1, 2] }, seeds: '0..2', out }));
    const table = await fprinciple(['sweep', 'table', out, '--json']);
    expect(JSON.parse(table.stdout).groups).toMatchObject({ width: [1, 2], runs: [3, 3], 'score, median': [2, 3] });
    const resume = await fprinciple(['sweep', 'resume', out]);
    expect([resume.code, resume.stderr]).toEqual([2, expect.stringContaining('run that again')]);
  });

  it('keeps the error of a run that fails, and the results of the others; retries as asked', async () => {
    const out = join(folder, 'failing');
    let failures = 0;
    const flaky = defineExperiment({
      id: 'flaky',
      title: 'Fails once',
      source: 'test',
      parameters: z.object({}),
      presets: { quick: {}, paper: {} },
      run: () => {
        if (failures++ < 1) throw new Error('the first time');
        return { metrics: { done: 1 } };
      },
    });
    const grid = { fail: [false, true] };
    const runs = await all(sweep({ experiment: toy, grid, out }));
    expect(runs.map((run) => run.status).sort()).toEqual(['completed', 'failed']);
    expect(runs.find((run) => run.status === 'failed')).toMatchObject({ message: 'asked to fail', attempts: 1 });
    // Not done again unless asked.
    expect(
      (await all(sweep({ experiment: toy, grid, out, retries: 2 }))).find((r) => r.status === 'failed'),
    ).toMatchObject({ attempts: 1 });
    const again = await all(sweep({ experiment: toy, grid, out, retries: 2, retryFailed: true }));
    expect(again.find((run) => run.status === 'failed')).toMatchObject({ attempts: 3 });
    expect((await all(sweep({ experiment: flaky, out: join(folder, 'flaky'), retries: 1 })))[0]).toMatchObject({
      status: 'completed',
    });
  });

  it('a damaged result is found and done again, equal to the first', async () => {
    const out = join(folder, 'damaged');
    const options = { experiment: 'convolution-theorem', grid: { samples: [64, 128] }, out };
    const description = { experiment: 'convolution-theorem', grid: options.grid };
    await all(sweep(options));
    const opened = await planSweep(description, undefined, out);
    const whole = await standing(opened);
    const [a, b] = opened.runs.map((run) => join(out, 'runs', `${run.id}.json`)) as [string, string];
    await writeFile(a, (await readFile(a, 'utf8')).replace('"seed":0', '"seed":1'));
    await writeFile(b, (await readFile(b)).subarray(0, 100));
    expect((await standing(opened)).damaged.length).toBe(2);
    await all(sweep(options));
    const after = await standing(opened);
    expect(after.damaged).toEqual([]);
    for (const [id, result] of whole.results)
      expect(reproducible(after.results.get(id)!)).toEqual(reproducible(result));
    // An experiment by its id was done in another process, with its tables.
    expect(parseCsv([...after.results.values()][0]!.tables.lengths!)[0]).toEqual(['n', 'circular', 'linear']);
  });

  it('is stopped by leaving the loop, by a signal and by cancelling; the next one goes on', async () => {
    const slow = defineExperiment({
      id: 'slow',
      title: 'Takes 20 ms',
      source: 'test',
      parameters: z.object({}),
      presets: { quick: {}, paper: {} },
      run: () => new Promise<Outcome>((done) => setTimeout(() => done({ metrics: { a: 1 } }), 20)),
    });
    const options = { experiment: slow, seeds: '0..39', out: join(folder, 'stopped') };
    for await (const run of sweep(options)) if (run.seed >= 2) break;
    const after = (await new Store(options.out).listed()).size;
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(40);
    await expect(all(sweep({ ...options, signal: AbortSignal.timeout(60) }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const cancelled = all(sweep({ ...options, seeds: '0..999' }));
    setTimeout(() => void new Store(options.out).requestCancel(), 100);
    await expect(cancelled).rejects.toMatchObject({ code: 'ABORTED', message: expect.stringContaining('cancelled') });
    expect((await all(sweep(options))).length).toBe(40);
  });

  it('a second sweep on the same folder at once: the right result', async () => {
    const options = { experiment: toy, grid: { width: [1, 2, 3, 4] }, seeds: '0..49', out: join(folder, 'twice') };
    const [a, b] = await Promise.all([all(sweep(options)), all(sweep(options))]);
    expect([a.length, b.length]).toEqual([200, 200]);
    expect((await readdir(join(options.out, 'runs'))).length).toBe(200);
    const scores = (runs: SweepRun[]) =>
      runs.map((r) => (r.status === 'failed' ? r.message : `${r.id} ${r.metrics.score}`)).sort();
    expect(scores(a)).toEqual(scores(b));
  });

  it('holds memory under a limit: what does not fit waits, one alone may always begin', async () => {
    const gate = new MemoryGate(100);
    const leave = await gate.enter(80);
    let second = false;
    const waiting = gate.enter(30).then((l) => {
      second = true;
      return l;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(second).toBe(false);
    leave();
    (await waiting)();
    (await gate.enter(1000))();
  });
});

describe('what comes after', () => {
  const made = async () => {
    const out = join(folder, 'after');
    await all(
      sweep({ experiment: toy, grid: { width: [1, 2], 'optimizer.type': ['adam', 'sgd'] }, seeds: '0..4', out }),
    );
    const opened = await planSweep(
      { grid: { width: [1, 2], 'optimizer.type': ['adam', 'sgd'] }, seeds: '0..4' },
      toy,
      out,
    );
    return { runs: opened.runs, results: (await standing(opened)).results };
  };

  it('a table of every run, as CSV and Parquet, and grouped with median and quartiles over seeds', async () => {
    const results = await made();
    const { columns } = runTable(results);
    expect(Object.keys(columns)).toEqual([
      'run',
      'width',
      'optimizer.type',
      'seed',
      'status',
      'score',
      'none',
      'seconds',
    ]);
    expect(columns.score!.length).toBe(20);
    const parquet = await encodeParquet(runTable(results));
    const rows = await parquetReadObjects({ file: parquet.buffer as ArrayBuffer });
    expect(rows.length).toBe(20);
    expect(rows[0]).toMatchObject({ width: 1, 'optimizer.type': 'adam', seed: 0, score: 1, none: null });
    // Scores are width + seed, seeds 0..4: median width + 2, quartiles width + 1 and width + 3.
    expect(groupTable(results, ['width'], ['score']).columns).toEqual({
      width: [1, 2],
      runs: [10, 10],
      diverged: [0, 0],
      failed: [0, 0],
      'score, median': [3, 4],
      'score, lower quartile': [2, 3],
      'score, upper quartile': [4, 5],
      'score, values': [10, 10],
    });
    expect(groupRows(groupTable(results, ['width'], ['score', 'none']), ['width'], ['score', 'none'])).toEqual([
      ['width', 'runs', 'score', 'none'],
      ['1', '10', '3 (2 to 4)', '-'],
      ['2', '10', '4 (3 to 5)', '-'],
    ]);
    expect(() => groupTable(results, ['widht'], ['score'])).toThrow(/did you mean "width"/);
    expect(() => groupTable(results, ['width'], ['scor'])).toThrow(/did you mean "score"/);
  });

  it('a metric that only some runs have: its median says of how many', () => {
    const columns = {
      ...{ width: [1], runs: [3], 'score, median': [2], 'score, lower quartile': [2] },
      ...{ 'score, upper quartile': [2], 'score, values': [1] },
    };
    const table = { id: 'groups', title: '', columns };
    expect(groupRows(table, ['width'], ['score'])[1]).toEqual(['1', '3', '2, 1 of 3']);
  });

  it('figures: bands over numbers, bars beside each other over anything else', async () => {
    const all = await made();
    const marks = (figure: Figure) => JSON.stringify(figure.spec).match(/"type":"(area|rule|line|point)"/g);
    expect(marks(sweepLines(all, { x: 'width', y: 'score' }))).toEqual(
      ['area', 'line', 'point'].map((mark) => `"type":"${mark}"`),
    );
    const bars = sweepLines(all, { x: 'optimizer.type', y: 'score', by: 'width' });
    expect(marks(bars)).toEqual(['"type":"rule"', '"type":"point"']);
    const places = [...JSON.stringify(bars.spec).matchAll(/"x":([\d.]+),"y":/g)].map(([, x]) => Number(x).toFixed(2));
    expect(new Set(places)).toEqual(new Set(['0.94', '1.06', '1.94', '2.06']));
    expect(JSON.stringify(bars.spec)).toContain('"domain":[0.5,2.5]');
  });

  it('the best parameters, by the median over seeds; what a run has not is not named', async () => {
    const best = bestGroups(await made(), { metric: 'score', max: true });
    expect(best.groups).toEqual([
      {
        point: { width: 2, 'optimizer.type': 'adam' },
        ...{ runs: 5, diverged: 0, failed: 0, median: 4, lowerQuartile: 3, upperQuartile: 5 },
      },
    ]);
    const training = { steps: 5, width: 4, data: { points: 8 } };
    const when = [
      {
        if: { parameter: 'optimizer.type', is: '=' as const, value: 'sgd' },
        grid: { 'optimizer.momentum': [0, 0.9] },
      },
    ];
    const given = { grid: { 'optimizer.type': ['adam', 'sgd'] }, when };
    const out = join(folder, 'momentum');
    await all(sweep({ training, ...given, out }));
    const opened = await openSweep(out);
    const { groups } = bestGroups({ runs: opened.runs, results: (await standing(opened)).results }, { top: 3 });
    expect(groups.map(({ point }) => point)).toEqual(
      expect.arrayContaining([
        { 'optimizer.type': 'adam' },
        { 'optimizer.type': 'sgd', 'optimizer.momentum': 0 },
        { 'optimizer.type': 'sgd', 'optimizer.momentum': 0.9 },
      ]),
    );
  });

  it('the page shows metrics that differ, figures and what failed', async () => {
    const out = join(folder, 'page');
    await all(sweep({ experiment: toy, grid: { width: [1, 2], fail: [false, true] }, seeds: '0..1', out }));
    const opened = await openSweep(out);
    const page = await sweepPage(opened, await standing(opened));
    expect(page).toContain('8 runs: 4 done, 4 failed, 0 missing');
    expect(page).toContain('width = 1, fail = true, seed 0');
    expect(page).toMatch(/<th>width<\/th><th>fail<\/th><th>runs<\/th><th>failed<\/th><th>score<\/th><\/tr>/);
    expect(page.match(/<figure>/g)?.length).toBeGreaterThan(1);
  });
});

describe('the sweep command', () => {
  it('begins, shows, goes on; what it cannot read or write it says', async () => {
    const cwd = folder;
    await writeFile(
      join(folder, 'my.json'),
      JSON.stringify({
        parameters: { steps: 20, network: { hidden: [4] } },
        grid: { 'network.activation': ['tanh', 'relu'] },
        seeds: '0..2',
      }),
    );
    const begun = await fprinciple(['sweep', 'my.json', '--out', 'mine', '--json'], { cwd });
    expect(begun.code, begun.stderr).toBe(0);
    expect(JSON.parse(begun.stdout)).toMatchObject({ total: 6, done: 6, failed: 0 });
    const table = await fprinciple(['sweep', 'table', 'mine', '--metrics', 'loss', '--csv'], { cwd });
    expect(table.stdout).toMatch(/^network.activation +runs +loss$/m);
    expect(table.stdout).toMatch(/^tanh +3 +[\d.]+ \([\d.]+ to [\d.]+\)$/m);
    expect(parseCsv(await readFile(join(folder, 'mine/table.csv'), 'utf8')).length).toBe(7);
    const ids = (await openSweep(join(folder, 'mine'))).runs.map((run) => run.id);
    await rm(join(folder, 'mine/runs', `${ids[0]}.json`));
    const status = await fprinciple(['sweep', 'status', 'mine', '--json'], { cwd });
    expect(JSON.parse(status.stdout)).toMatchObject({ total: 6, done: 5, missing: 1 });
    const resumed = await fprinciple(['sweep', 'resume', 'mine', '--json'], { cwd });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ total: 6, done: 6 });
    const dry = await fprinciple(
      ['sweep', 'training', '--seeds', '0..99', '--set', 'steps=20', '--out', 'dry', '--dry-run'],
      { cwd },
    );
    expect(dry.stdout).toMatch(
      /^100 runs, 0 of them done already\npredicted without running any: .*\na run takes [\d.e-]+ s \(timed on \d+\): about /,
    );
    expect(await readdir(folder)).not.toContain('dry');
    const none = await fprinciple(['sweep', 'status', 'nothing'], { cwd });
    expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('no sweep.json')]);
    await writeFile(join(folder, 'file'), '');
    const unwritable = await fprinciple(['sweep', 'training', '--out', 'file/sweep'], { cwd });
    expect([unwritable.code, unwritable.stderr]).toEqual([4, expect.stringMatching(/cannot be (written|read)/)]);
    for (const [args, message] of [
      [['training', '--grid', 'network.hiden=[4]'], 'hiden'],
      [['training', '--where', 'optimizer.tpye=adam'], 'did you mean "optimizer.type"?'],
      [['training', '--seeds', '0..3.5'], 'first..last such as 0..9'],
      [['best', 'mine', '--top', '0'], 'expected 1, 2, 3, ...'],
      [['status'], "missing required argument 'dir'\n(add --help"],
      [['tabel', 'mine'], 'too many arguments'],
    ] as const) {
      const { code, stderr } = await fprinciple(['sweep', ...args], { cwd });
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});
