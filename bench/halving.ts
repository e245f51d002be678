/**
 * What successive halving finds, beside the whole grid: three published settings, made small.
 *
 *   npx tsx bench/halving.ts                        all three, seeds 711..715
 *   npx tsx bench/halving.ts siren 1..5             one of them, by other seeds
 *
 * The first line of a setting judges a configuration by its median over all seeds, as sweeps do; the others by one seed each.
 * Costs are shares of the grid's: in steps, which is exact, and in seconds of training.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createDataAccess, shrinkPicture } from '../src/data/index.js';
import { defineExperiment } from '../src/experiment/index.js';
import { equations, mlp, trainMany } from '../src/nets/index.js';
import { type SweepRun, sweep, type TrainingDescription } from '../src/sweeps/index.js';

/** A grid, and what its configurations are judged by: smaller is better. */
interface Setting {
  what: { training: TrainingDescription } | { experiment: ReturnType<typeof defineExperiment> };
  grid: Record<string, string | number[]>;
  metric: string;
}

const access = createDataAccess();

/**
 * Sitzmann et al. 2020 (arXiv:2006.09661, section 4.1): the cameraman by a network of sines, by omega_0 of the first layer and
 * Adam's rate; the mean square over the pixels, which is their PSNR. Theirs: 256 x 256 pixels, 256 units a layer, omega_0 = 30.
 */
async function siren(): Promise<Setting> {
  const side = 32;
  const { pixels } = shrinkPicture(await access.picture('cameraman'), side);
  const line = Array.from({ length: side }, (_, i) => (2 * i + 1) / side - 1);
  const sine = { type: 'activation', fn: 'sin', omega: 30 } as const;
  const layers = [
    { type: 'dense', units: 32, init: { type: 'siren', first: true } },
    sine,
    { type: 'dense', units: 32, init: 'siren' },
    sine,
    { type: 'dense', units: 1, init: 'siren' },
  ] as const;
  const data = {
    type: 'values',
    x: line.flatMap((row) => line.map((column) => [row, column])),
    y: Array.from(pixels.data, (value) => [2 * value - 1]),
  } as const;
  return {
    what: { training: { network: { input: 2, layers: [...layers] }, data, steps: 480, records: 2 } },
    grid: { 'network.layers.1.omega': '5..100 log 9', 'optimizer.learningRate': '1e-4..1e-2 log 5' },
    metric: 'loss',
  };
}

/** LeCun et al. 1998: digits by a network of one hidden layer, by its width and Adam's rate; the test error. */
async function mnist(): Promise<Setting> {
  const [train, test] = [await access.mnist({ count: 2000 }), await access.mnist({ split: 'test', count: 4000 })];
  const experiment = defineExperiment({
    id: 'mnist-mlp',
    title: 'Digits, 784-w-10',
    source: 'LeCun, Bottou, Bengio and Haffner 1998',
    parameters: z.object({ width: z.int(), rate: z.number(), steps: z.int().default(900) }),
    presets: { quick: { width: 32, rate: 1e-3 }, paper: { width: 32, rate: 1e-3 } },
    run: async ({ parameters: { width, rate, steps }, seed, signal }) => {
      const spec = mlp({ input: 784, hidden: [width], output: 10, activation: 'relu' });
      const [trained] = await trainMany([{ spec, seed }], {
        x: train.images,
        y: train.labels,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: rate, schedule: { type: 'cosine', steps } },
        batchSize: 50,
        steps,
        record: { at: [steps] },
        probes: { right: { type: 'accuracy', points: test.images, labels: test.labels } },
        signal,
      });
      const right = trained?.history.probes.right.values.data.at(-1);
      return { metrics: { error: right === undefined ? null : 1 - right } };
    },
  });
  return { what: { experiment }, grid: { width: [8, 16, 32, 64, 128], rate: '1e-4..1e-1 log 9' }, metric: 'error' };
}

/**
 * Wang, Teng and Perdikaris 2021 (arXiv:2001.04536): a Poisson equation by its residual, by the weight of the boundary and
 * Adam's rate; the relative L2 error. Theirs is Helmholtz's equation in two dimensions, with weights that change by a rule.
 * A decade from one value to the next: between closer ones the seeds decide.
 */
async function pinn(): Promise<Setting> {
  const points = Array.from({ length: 64 }, (_, i) => (i + 0.5) / 64);
  const modes = [1, 4];
  const solution = points.map((x) => modes.reduce((sum, k) => sum + Math.sin(k * Math.PI * x), 0));
  const source = modes.map((k) => `(${k} * pi)^2 * sin(${k} * pi * x)`).join(' + ');
  const norm = Math.hypot(...solution);
  const experiment = defineExperiment({
    id: 'poisson-pinn',
    title: "-u'' = f on [0, 1]",
    source: 'Wang, Teng and Perdikaris 2021, arXiv:2001.04536',
    parameters: z.object({ weight: z.number(), rate: z.number(), steps: z.int().default(2700) }),
    presets: { quick: { weight: 100, rate: 1e-2 }, paper: { weight: 100, rate: 1e-2 } },
    run: async ({ parameters: { weight, rate, steps }, seed, signal }) => {
      const [trained] = await trainMany(
        [{ spec: mlp({ input: 1, hidden: [24, 24], output: 1, activation: 'tanh' }), seed }],
        {
          x: points.map((x) => [x]),
          loss: {
            type: 'residual',
            equation: equations.poisson(['x'], source),
            conditions: [{ points: [[0], [1]], equation: 'u', weight }],
          },
          optimizer: { type: 'adam', learningRate: rate, schedule: { type: 'cosine', steps } },
          steps,
          record: { at: [steps] },
          probes: { u: { type: 'outputs', points: points.map((x) => [x]) } },
          signal,
        },
      );
      const u = trained?.history.probes.u.values.data.slice(-points.length) ?? [];
      return { metrics: { error: Math.hypot(...Array.from(u, (value, i) => value - (solution[i] ?? 0))) / norm } };
    },
  });
  return {
    what: { experiment },
    grid: { weight: '1e-2..1e6 log 9', rate: '1e-4..1e-1 log 4' },
    metric: 'error',
  };
}

/** A configuration: the median of its metric with the whole budget, the steps and seconds that it took with all its seeds. */
interface Configuration {
  median: number;
  steps: number;
  seconds: number;
}

type Done = Exclude<SweepRun, { status: 'failed' }>;

/** Every configuration that went all the way, by its axes, and what all of them took. */
function judged(runs: readonly Done[], { grid, metric }: Setting, goesOn: boolean) {
  const axes = Object.keys(grid);
  const all = new Map<string, Done[]>();
  for (const run of runs) {
    const key = axes.map((path) => `${path} ${Number(Number(run.point[path]).toPrecision(3))}`).join(', ');
    all.set(key, [...(all.get(key) ?? []), run]);
  }
  const stepsOf = (run: Done): number => Number(run.parameters.budget ?? run.parameters.steps);
  const whole = Math.max(...runs.map(stepsOf));
  const found = [...all].map(([key, own]): [string, Configuration] => {
    // Of a training that goes on each rung counts those of the rungs before.
    const seeds = new Map<number, number>();
    for (const run of own)
      seeds.set(
        run.seed,
        goesOn ? Math.max(seeds.get(run.seed) ?? 0, stepsOf(run)) : (seeds.get(run.seed) ?? 0) + stepsOf(run),
      );
    const last = own
      .filter((run) => stepsOf(run) === whole)
      .map((run) => run.metrics[metric] ?? Number.POSITIVE_INFINITY);
    const steps = [...seeds.values()].reduce((a, b) => a + b, 0);
    return [key, { median: median(last), steps, seconds: own.reduce((sum, { seconds }) => sum + seconds, 0) }];
  });
  const best = found.reduce((a, b) => (b[1].median < a[1].median ? b : a));
  const sum = (of: (one: Configuration) => number): number => found.reduce((total, [, one]) => total + of(one), 0);
  return { found: new Map(found), best, steps: sum(({ steps }) => steps), seconds: sum(({ seconds }) => seconds) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  if (sorted.length === 0) return Number.POSITIVE_INFINITY;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

const settings = { siren, mnist, pinn };
const [only, seeds = '711..715'] = process.argv.slice(2);
const [first = 0, last = first] = seeds.split('..').map(Number);
if ((only !== undefined && !Object.hasOwn(settings, only)) || !(last >= first)) {
  throw new Error(`expected one of ${Object.keys(settings).join(', ')} and seeds such as 711..715`);
}
const folder = await mkdtemp(join(tmpdir(), 'fprinciple-halving-'));

for (const [name, make] of Object.entries(settings)) {
  if (only !== undefined && only !== name) continue;
  const setting = await make();
  const done = async (out: string, from: number, to: number, halving: boolean): Promise<Done[]> => {
    const { what, grid, metric } = setting;
    const common = {
      grid,
      seeds: `${from}..${to}`,
      out: join(folder, `${name}-${out}`),
      ...(halving && { halving: { metric } }),
    };
    const runs: Done[] = [];
    for await (const run of 'training' in what ? sweep({ ...what, ...common }) : sweep({ ...what, ...common })) {
      if (run.status === 'failed') throw new Error(run.message);
      runs.push(run);
      if (process.stderr.isTTY) process.stderr.write(`\r${name} ${out}: ${runs.length} runs `);
    }
    return runs;
  };
  const goesOn = 'training' in setting.what;
  const grid = await done('grid', first, last, false);
  console.log(`\n${name}: ${grid.length / (last - first + 1)} configurations, ${setting.metric}`);
  const compare = async (label: string, from: number, to: number): Promise<void> => {
    const whole = judged(
      grid.filter(({ seed }) => seed >= from && seed <= to),
      setting,
      false,
    );
    const halved = judged(await done(label, from, to, true), setting, goesOn);
    const [best, found] = [whole.best[1].median, halved.best[1].median];
    const cells = [
      `${label}: best ${best.toPrecision(4)} (${whole.best[0]})`,
      `halving's ${found.toPrecision(4)} (${halved.best[0]}), ${(100 * (found / best - 1)).toFixed(1)} % above`,
      `cost ${(halved.steps / whole.steps).toFixed(3)} in steps, ${(halved.seconds / whole.seconds).toFixed(3)} in seconds`,
    ];
    console.log(cells.join('; '));
  };
  await compare('all seeds', first, last);
  for (let seed = first; last > first && seed <= last; seed++) await compare(`seed ${seed}`, seed, seed);
}
await rm(folder, { recursive: true, force: true });
