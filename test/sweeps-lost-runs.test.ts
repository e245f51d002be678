import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createModel,
  defineExperiment,
  empiricalNtk,
  mlp,
  refuseDiverged,
  type SweepRun,
  sweep,
} from '../src/index.js';
import { planSweep, standing } from '../src/sweeps/folder/open.js';
import { bestGroups } from '../src/sweeps/results/best.js';
import { sweepHeatmap, sweepLines } from '../src/sweeps/results/figures.js';
import { groupRows, groupTable, runTable } from '../src/sweeps/results/table.js';
import { fprinciple } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-lost-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const spec = mlp({ input: 1, hidden: [4], output: 1, activation: 'relu' });
const x = [[0], [1], [2]];
const y = [[0], [1], [0]];

/** Of a rate of 2 seven seeds of eight diverge and one is the best of all; of 3 all fail; of 4 half have no value. */
const toy = defineExperiment({
  id: 'lossy',
  title: 'Loses runs',
  source: 'test',
  parameters: z.object({ rate: z.number().default(1), kind: z.string().default('a') }),
  presets: { quick: {}, paper: {} },
  run: async ({ parameters: { rate }, seed }) => {
    if (rate === 2 && seed > 0) {
      const model = createModel(spec, { seed });
      const optimizer = { type: 'sgd', learningRate: 1e30 } as const;
      refuseDiverged(await model.train({ x, y, loss: 'mse', optimizer, steps: 5 }), 'toy');
    }
    if (rate === 3) throw new Error('asked to fail');
    if (rate === 4 && seed % 2 === 0) return { metrics: { score: null, accuracy: null } };
    return { metrics: { score: rate === 2 ? 0 : rate + seed, accuracy: rate === 2 ? 100 : rate - seed } };
  },
});

const grid = { rate: [1, 2, 3, 4] };
const described = { grid, seeds: '0..7' };

async function results(name: string) {
  const out = join(folder, name);
  for await (const _ of sweep({ experiment: toy, ...described, out }));
  const opened = await planSweep(described, toy, out);
  const { results, failures } = await standing(opened);
  return { runs: opened.runs, results, failures };
}

describe('runs that are lost', () => {
  it('count as the worst: what diverges seven times of eight is not the best by the eighth', async () => {
    const all = await results('best');
    const { groups } = bestGroups(all, { metric: 'score', top: 4 });
    // Scores of rate 1 are 1 .. 8: median 4.5, quartiles 2.75 and 6.25. Of rate 4 the odd seeds have 5, 7, 9, 11, the
    // others nothing: the median lies between 11 and the worst.
    expect(groups).toEqual([
      { point: { rate: 1 }, runs: 8, diverged: 0, failed: 0, median: 4.5, lowerQuartile: 2.75, upperQuartile: 6.25 },
      expect.objectContaining({ point: { rate: 4 }, runs: 8, diverged: 0, failed: 0, median: Infinity }),
      expect.objectContaining({ point: { rate: 2 }, runs: 8, diverged: 7, failed: 0, median: Infinity }),
      expect.objectContaining({ point: { rate: 3 }, runs: 8, diverged: 0, failed: 8, median: Infinity }),
    ]);
    const largest = bestGroups(all, { metric: 'accuracy', max: true, top: 4 }).groups;
    expect(largest.map(({ point }) => point.rate)).toEqual([1, 4, 2, 3]);
    expect(largest[0]).toMatchObject({ median: -2.5, lowerQuartile: -4.25, upperQuartile: -0.75 });
    expect(largest[2]?.median).toBe(-Infinity);
  });

  it('have columns of their own, and their rows in the table of runs', async () => {
    const all = await results('table');
    const table = groupTable(all, ['rate'], ['score']);
    expect(table.columns).toMatchObject({
      rate: [1, 2, 3, 4],
      runs: [8, 8, 8, 8],
      diverged: [0, 7, 0, 0],
      failed: [0, 0, 8, 0],
      'score, median': [4.5, null, null, null],
      'score, lower quartile': [2.75, null, null, 8.5],
      'score, values': [8, 1, 0, 4],
    });
    expect(groupRows(table, ['rate'], ['score'])).toEqual([
      ['rate', 'runs', 'diverged', 'failed', 'score'],
      ['1', '8', '0 of 8', '0 of 8', '4.5 (2.75 to 6.25)'],
      ['2', '8', '7 of 8', '0 of 8', 'infinite, 1 of 8'],
      ['3', '8', '0 of 8', '8 of 8', '-'],
      ['4', '8', '0 of 8', '0 of 8', 'infinite (8.5 to infinite), 4 of 8'],
    ]);
    // Where larger is better the lost are below everything: the quartile of four lost and -1, 1, 3 is among the lost.
    expect(groupTable(all, ['rate'], ['accuracy'], ['accuracy']).columns).toMatchObject({
      'accuracy, median': [-2.5, null, null, null],
      'accuracy, upper quartile': [-0.75, null, null, -0.5],
    });
    const { columns } = runTable(all);
    expect(columns.run?.length).toBe(32);
    expect(columns.status?.filter((status) => status === 'failed').length).toBe(8);
    expect(columns.status?.filter((status) => status === 'diverged').length).toBe(7);
    // What is grouped by does not vary: runs that failed are with the others.
    expect(groupTable(all, ['kind'], ['score']).columns.runs).toEqual([32]);
  });

  it('are seen in figures: a line goes to the edge of the frame, a cell stays white, both say so', async () => {
    const all = await results('figures');
    const lines = sweepLines(all, { x: 'rate', y: 'score' });
    expect(lines.caption).toContain('8 failed of 8 at rate = 3; 7 diverged of 8 at rate = 2');
    const text = JSON.stringify(lines.spec);
    expect(text).toContain('at the upper edge half of the runs or more are lost');
    const [, top] = JSON.parse(/"title":"score","scale":\{[^}]*"domain":(\[[^\]]*\])/.exec(text)?.[1] ?? '[0,0]');
    const points = [...text.matchAll(/"x":(\d),"y":([\d.]+)/g)].map(([, at, value]) => [Number(at), Number(value)]);
    expect(points).toEqual(
      expect.arrayContaining([
        [1, 4.5],
        [2, top],
        [3, top],
        [4, top],
      ]),
    );
    const map = sweepHeatmap(all, { x: 'rate', y: 'kind', color: 'score' });
    expect(JSON.stringify(map.spec)).toContain('white: half of the runs or more are lost');
    expect(() =>
      sweepLines({ ...all, runs: all.runs.filter(({ point }) => point.rate === 3) }, { x: 'rate', y: 'score' }),
    ).toThrow(/no median to draw/);
  });
});

describe('what is not finite', () => {
  it('in the data is a failure with its message, not a divergence; the command ends with an error', async () => {
    const file = join(folder, 'nan.mjs');
    await writeFile(
      file,
      `import { createModel, defineExperiment, mlp } from 'fprinciple';
      import { z } from 'zod';
      export default defineExperiment({ id: 'nan', title: 'NaN', source: 'test', parameters: z.object({}),
        presets: { quick: {}, paper: {} }, run: async ({ seed }) => {
          const model = createModel(mlp({ input: 1, hidden: [4], output: 1, activation: 'tanh' }), { seed });
          await model.train({ x: [[0], [1]], y: [[0], [NaN]], loss: 'mse', optimizer: { type: 'sgd', learningRate: 1 }, steps: 2 });
          return { metrics: { a: 1 } };
        } });`,
    );
    const args = ['sweep', file, '--seeds', '0..1', '--out', join(folder, 'nan'), '--json'];
    const { code, stdout, stderr } = await fprinciple(args);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ total: 2, done: 0, failed: 2 });
    expect(stderr).toMatch(/failed: seed 0: y: .*NaN/);
  });

  it('in a training described as data is refused before the first run, by its name', async () => {
    const data = { type: 'values' as const, x: [[0], [1]], y: [[0], [Number.NaN]] };
    const refused = sweep({ training: { steps: 2, data }, out: join(folder, 'refused') });
    await expect(refused.next()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/data\.y/),
    });
  });

  it('after a divergence says that the training diverged, and at which step', async () => {
    const model = createModel(spec, { seed: 1 });
    const optimizer = { type: 'sgd', learningRate: 1e30 } as const;
    const history = await model.train({ x, y, loss: 'mse', optimizer, steps: 20 });
    expect(history.stopReason).toBe('diverged');
    expect(model.divergedAt).toBe(history.state.step);
    await expect(empiricalNtk(model, x)).rejects.toMatchObject({
      code: 'NON_FINITE',
      message: expect.stringContaining(`the training diverged at step ${history.state.step}`),
    });
    await expect(empiricalNtk(model, [[Number.NaN]])).rejects.toMatchObject({ message: expect.stringMatching(/^x1/) });
    model.setParameters(createModel(spec, { seed: 1 }).parameters());
    expect(model.divergedAt).toBeUndefined();
    expect((await empiricalNtk(model, x)).shape).toEqual([3, 3]);
  });

  it('a run that diverged says nothing of its loss, and the page counts it', async () => {
    const out = join(folder, 'page');
    const runs: SweepRun[] = [];
    for await (const run of sweep({ experiment: toy, grid: { rate: [1, 2] }, seeds: '0..3', out })) runs.push(run);
    expect(runs.filter((run) => run.status === 'diverged').length).toBe(3);
    const report = await fprinciple(['sweep', 'report', out]);
    expect(report.code, report.stderr).toBe(0);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toMatch(/<th>rate<\/th><th>runs<\/th><th>diverged<\/th><th>score<\/th>/);
    expect(page).toContain('3 of 4');
  });
});
