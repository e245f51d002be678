import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineExperiment, sweep } from '../src/index.js';
import type { Costs } from '../src/sweeps/executors/conduct.js';
import { openSweep, planSweep, standing } from '../src/sweeps/folder/open.js';
import { reproducible, type SweepResult } from '../src/sweeps/folder/store.js';
import { predictedCost } from '../src/sweeps/plan/cost.js';
import type { PlannedRun } from '../src/sweeps/plan/plan.js';
import { ended, kill9, pause, until } from './support/chaos.js';
import { type Ended, fprinciple, startFprinciple } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-halving-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const result = (run: PlannedRun, loss: number | null): SweepResult =>
  ({ id: run.id, status: loss === null ? 'diverged' : 'completed', metrics: { loss } }) as unknown as SweepResult;

/** A number that stands for a run's loss, from its point and rung. */
const lossOf = ({ point, seed, rung = 0 }: PlannedRun): number =>
  ((Number(point.width) * 7919 + seed * 104_729 + rung * 31) % 1009) / 1009;

const described = (count: number, seeds: string, halving: object) => ({
  grid: { width: Array.from({ length: count }, (_, i) => i + 1) },
  parameters: { steps: 900 },
  seeds,
  halving,
});

/** Halving as the papers have it: rung by rung, everybody waits. */
function rungByRung(count: number, seeds: number, factor: number, rungs: number): string[] {
  let widths = Array.from({ length: count }, (_, i) => i + 1);
  const done: string[] = [];
  for (let rung = 0; rung < rungs; rung++) {
    const median = (width: number): number => {
      const values = Array.from({ length: seeds }, (_, seed) =>
        lossOf({ point: { width }, seed, rung } as unknown as PlannedRun),
      ).sort((a, b) => a - b);
      const middle = (values.length - 1) / 2;
      return ((values[Math.floor(middle)] ?? 0) + (values[Math.ceil(middle)] ?? 0)) / 2;
    };
    done.push(...widths.map((width) => `${rung} ${width}`));
    const scored = widths.map((width) => ({ width, value: median(width) })).sort((a, b) => a.value - b.value);
    widths = scored.slice(0, Math.max(1, Math.floor(widths.length / factor))).map(({ width }) => width);
  }
  return done.sort();
}

/** Ends what is open in an order that `draw` decides, until nothing is. */
async function climb(description: object, draw: () => number, lost: (run: PlannedRun) => boolean = () => false) {
  const { ladder, runs } = await planSweep(description, undefined, join(folder, 'never'));
  if (!ladder) throw new Error('there is no ladder');
  const open = [...runs];
  const all: PlannedRun[] = [];
  let early = 0;
  while (open.length > 0) {
    const [run] = open.splice(Math.floor(draw() * open.length), 1);
    if (!run) break;
    all.push(run);
    const { begin } = ladder.settle(run, { result: result(run, lost(run) ? null : lossOf(run)) });
    if (begin.length > 0 && open.some(({ rung = 0 }) => rung < (begin[0]?.rung ?? 0))) early++;
    open.push(...begin);
    // A second delivery changes nothing.
    expect(ladder.settle(run, { result: result(run, 0) }).begin).toEqual([]);
  }
  return { all, early, ladder };
}

/** A generator of its own, so that every order is known. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('what halving decides', () => {
  it('is that of halving rung by rung, in whatever order runs end', async () => {
    let early = 0;
    for (const [count, seeds, factor, rungs] of [
      [9, 1, 3, 3],
      [10, 3, 3, 3],
      [20, 2, 2, 4],
      [5, 1, 4, 2],
      [27, 1, 3, 4],
    ] as const) {
      const expected = rungByRung(count, seeds, factor, rungs);
      const description = described(count, `0..${seeds - 1}`, { factor, rungs });
      for (let order = 0; order < 12; order++) {
        const found = await climb(description, generator(order * 77 + count));
        const here = [...new Set(found.all.map(({ rung, point }) => `${rung} ${point.width}`))].sort();
        expect(here).toEqual(expected);
        expect(found.all).toHaveLength(expected.length * seeds);
        expect(found.all).toHaveLength(found.ladder.total);
        early += found.early;
      }
    }
    // And somebody went on before their rung had ended.
    expect(early).toBeGreaterThan(0);
  });

  it('a configuration most of whose seeds are lost does not go on, whoever is left', async () => {
    const description = described(6, '0..2', { factor: 2, rungs: 3 });
    for (let order = 0; order < 6; order++) {
      const { all, ladder } = await climb(
        description,
        generator(order),
        ({ point, seed }) => point.width !== 4 || seed === 0,
      );
      const later = new Set(all.filter(({ rung = 0 }) => rung > 0).map(({ point }) => point.width));
      expect([...later]).toEqual([4]);
      expect(ladder.state().map(({ configurations }) => configurations.length)).toEqual([6, 1, 1]);
    }
    const { all } = await climb(description, generator(1), () => true);
    expect(all).toHaveLength(18);
  });

  it('by default takes a third of the grid at most, whether rungs go on or begin anew', async () => {
    const shapeOf = async (description: object) => {
      const { ladder, sweep: planned } = await planSweep(description, undefined, join(folder, 'never'));
      const state = ladder?.state() ?? [];
      const last = state.at(-1)?.size ?? 0;
      // In runs of the first rung, of which one of the whole grid takes 1 / share.
      const cost = ((ladder?.firsts ?? 0) * (state[0]?.share ?? 0)) / (state[0]?.size ?? 1);
      return { rungs: state.length, last, cost, recorded: planned.halving };
    };
    const own = await shapeOf({ ...described(64, '0', {}), parameters: { steps: 800 } });
    expect(own).toMatchObject({ rungs: 4, last: 8, recorded: { metric: 'loss', over: 'budget', factor: 2, rungs: 4 } });
    // 64 x 100, 32 x 100, 16 x 200, 8 x 400 steps more.
    expect(own.cost).toBeCloseTo(16_000 / (64 * 800), 12);
    const anew = await shapeOf(described(81, '0', { over: 'steps' }));
    expect(anew).toMatchObject({ rungs: 3, last: 9, recorded: { factor: 3, rungs: 3 } });
    expect(anew.cost).toBeCloseTo(1 / 3, 12);
    expect(await shapeOf(described(81, '0', { factor: 4 }))).toMatchObject({ rungs: 3 });
  });

  it('what it will take is predicted with what every run takes beside its steps', async () => {
    const { halving: _, ...whole } = described(64, '0', {});
    const grid = predictedCost(await planSweep(whole, undefined, join(folder, 'never'))).seconds;
    const halved = await planSweep(described(64, '0', {}), undefined, join(folder, 'never'));
    const { seconds } = predictedCost(halved);
    // 64 + 32 + 16 + 8 runs, a thousandth of a second each, and 0.31 of the grid's steps.
    const fixed = 120e-3;
    expect(halved.ladder?.total).toBe(120);
    expect(seconds - fixed).toBeGreaterThan(0.3 * (grid - 64e-3));
    expect(seconds - fixed).toBeLessThan(0.33 * (grid - 64e-3));
  });

  it('budgets are shares of the whole, and the last rung is the run of the whole grid', async () => {
    const { all } = await climb(described(9, '0..0', { factor: 3 }), generator(1));
    expect(all.map(({ point }) => point.budget)).toEqual(expect.arrayContaining([100, 300, 900]));
    const { halving: _, ...whole } = described(9, '0..0', {});
    const { runs } = await planSweep(whole, undefined, folder);
    const last = all.filter(({ rung }) => rung === 2);
    expect(last).toHaveLength(1);
    expect(runs.map(({ id }) => id)).toContain(last[0]?.id);
    for (const run of all) expect(run.from === undefined).toBe(run.rung === 0);
  });

  it('what cannot be halved is refused', async () => {
    const plan = (description: object) => planSweep(description, undefined, join(folder, 'never'));
    await expect(plan(described(9, '0', { rungs: 9, factor: 3 }))).rejects.toThrow(/halving\.rungs: expected fewer/);
    await expect(plan(described(9, '0', { over: 'banana' }))).rejects.toThrow(/no parameter "banana"/);
    await expect(plan(described(9, '0', { factor: 1 }))).rejects.toThrow(/halving\.factor/);
    await expect(plan(described(9, '0', { fator: 2 }))).rejects.toThrow(/did you mean "factor"/);
    await expect(plan({ ...described(9, '0', {}), grid: { budget: [1, 2] } })).rejects.toThrow(/budget is its own/);
    await expect(plan({ experiment: 'sine-mixture', halving: {} })).rejects.toThrow(
      /halving\.metric: expected a metric/,
    );
  });
});

const training = { network: { hidden: [6] }, data: { type: 'sines' as const, points: 32 }, steps: 270, records: 4 };
const grid = { 'optimizer.learningRate': '1e-4..1e-1 log 9', width: [3, 6] };
const options = [
  ...['sweep', 'training', '--set', 'network.hidden=[6]', '--set', 'data.points=32', '--set', 'records=4'],
  ...['--set', 'steps=270', '--grid', 'optimizer.learningRate=1e-4..1e-1 log 9', '--grid', 'width=3,6'],
  ...['--seeds', '0..2', '--halving', 'loss', '--factor', '3'],
];

/** Every result of a sweep with halving, as its folder holds them. */
async function outcomes(out: string): Promise<Map<string, unknown>> {
  const opened = await openSweep(out);
  const { results, missing, failures, damaged } = await standing(opened);
  expect([missing.length, failures.size, damaged.length]).toEqual([0, 0, 0]);
  const files = await readdir(join(out, 'runs'));
  expect(files.filter((name) => name.endsWith('.json'))).toHaveLength(results.size);
  return new Map([...results].map(([id, found]) => [id, reproducible(found)]));
}

describe('a sweep with halving', () => {
  let expected: Map<string, unknown>;
  beforeAll(async () => {
    const out = join(folder, 'undisturbed');
    for await (const run of sweep({ training, grid, seeds: '0..2', halving: { factor: 3 }, out })) {
      expect(run.status).not.toBe('failed');
    }
    expected = await outcomes(out);
  });

  it('has as many runs as its rungs, and leaves no paused training behind', async () => {
    // 18 configurations, then 6, then 2, of three seeds each.
    expect(expected.size).toBe(3 * (18 + 6 + 2));
    expect(await readdir(join(folder, 'undisturbed'))).not.toContain('paused');
  });

  it('took what was predicted, to a factor that a busy machine leaves: runs this small cost little but themselves', async () => {
    const costs = JSON.parse(await readFile(join(folder, 'undisturbed', 'cost.json'), 'utf8')) as Costs;
    const ratio = costs.predicted.seconds / costs.took.seconds;
    expect(ratio).toBeGreaterThan(1 / 20);
    expect(ratio).toBeLessThan(20);
  });

  it('its last rung has the bits of the whole grid', async () => {
    const whole = new Map<string, unknown>();
    for await (const run of sweep({ training, grid, seeds: '0..2', out: join(folder, 'whole') })) {
      const { point: _, ...own } = run as SweepResult & { point: object };
      whole.set(own.id, reproducible(own as SweepResult));
    }
    const shared = [...expected].filter(([id]) => whole.has(id));
    expect(shared).toHaveLength(6);
    for (const [id, found] of shared) expect(whole.get(id)).toEqual(found);
  });

  it('is gone on with after kill -9 with the same decisions, and without its paused trainings too', async () => {
    for (const at of [2, 30, 60]) {
      const out = join(folder, `killed-${at}`);
      const command = startFprinciple([...options, '--out', out]);
      await until(out, at, command);
      await kill9(command);
      if (at === 60) await rm(join(out, 'paused'), { recursive: true, force: true });
      const { code, stderr } = await fprinciple(['sweep', 'resume', out]);
      expect([code, stderr.match(/error.*/)]).toEqual([0, null]);
      expect(await outcomes(out)).toEqual(expected);
    }
  }, 120_000);

  it('on a folder that two workers share, one of which is killed', async () => {
    const out = join(folder, 'shared');
    const worker = () => startFprinciple(['worker', '--folder', folder, '--lanes', '1', '--lease', '2']);
    const workers = [worker(), worker()];
    try {
      let said: Ended | undefined;
      const command = fprinciple([...options, '--executor', 'folder', '--out', out, '--json']).then((ending) => {
        said = ending;
      });
      await until(out, 20);
      await kill9(workers[0]!);
      await command;
      expect(said?.code).toBe(0);
      expect(JSON.parse(said?.stdout ?? '')).toMatchObject({ total: expected.size, done: expected.size, failed: 0 });
      expect(await outcomes(out)).toEqual(expected);
      await pause(300);
      workers[1]!.kill('SIGTERM');
      expect(await ended(workers[1]!)).toBe(0);
      // The dead one's sign of life stays where the sweep ended within its lease.
      const left = (await readdir(join(out, 'workers'))).filter((name) => !name.includes(`-${workers[0]?.pid}-`));
      expect(left).toEqual([]);
    } finally {
      await Promise.all(workers.map(kill9));
    }
  }, 120_000);

  it('of an experiment is by one of its parameters', async () => {
    const made = defineExperiment({
      id: 'a-curve',
      title: 'A loss that falls with its steps',
      source: 'this test',
      parameters: z.object({ steps: z.number().default(90), rate: z.number().default(1) }),
      presets: { quick: {}, paper: {} },
      run: ({ parameters: { steps, rate } }) => ({ metrics: { score: rate * Math.sqrt(steps) } }),
    });
    const best: unknown[] = [];
    const out = join(folder, 'curve');
    const halving = { metric: 'score', max: true };
    for await (const run of sweep({ experiment: made, grid: { rate: '1..9' }, halving, out })) {
      if (run.status !== 'failed') best.push([run.parameters.steps, run.parameters.rate]);
    }
    expect(best).toHaveLength(9 + 3 + 1);
    expect(best.at(-1)).toEqual([90, 9]);
    expect(best.slice(9, 12)).toEqual(
      expect.arrayContaining([
        [30, 7],
        [30, 8],
        [30, 9],
      ]),
    );
    // Read by whoever does not have the experiment.
    const opened = await openSweep(out);
    expect((await standing(opened)).missing).toEqual([]);
    expect(opened.runs).toHaveLength(13);
  });
});
