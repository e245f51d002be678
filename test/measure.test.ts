/** Recorded trainings measured: against the probes of a training done here, sums written out, closed forms, PyTorch's own script. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  carryingFrequencies,
  createModel,
  encodeNpy,
  encodeNpz,
  gaussianNoise,
  measure,
  mlp,
  type NdArray,
  periodicGrid,
  Recorder,
  readNpz,
  readRun,
  runToFolder,
  sample,
} from '../src/index.js';
import { measureExperiment } from '../src/measure/experiment.js';
import { readRecording } from '../src/measure/read.js';
import { fprinciple, root } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-measure-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const array = (values: ArrayLike<number>, ...shape: number[]): NdArray => ({ data: Float64Array.from(values), shape });
const apart = (a: NdArray, b: NdArray) => {
  expect(a.shape).toEqual(b.shape);
  return Array.from(a.data, (v, i) => Math.abs(v - b.data[i]!)).reduce((most, v) => Math.max(most, v), 0);
};
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Partial sums: after each record one wave more, so that every error is 0 or 1 and known. */
function staircase() {
  const n = 40;
  const x = range(n).map((i) => i / n);
  const wave = (k: number) => x.map((v) => Math.cos(2 * Math.PI * k * v));
  const [a, b, c] = [wave(1), wave(4), wave(11)] as [number[], number[], number[]];
  const target = x.map((_, i) => a[i]! + b[i]! + 0.5 * c[i]!);
  const outputs = [x.map(() => 0), a, x.map((_, i) => a[i]! + b[i]!), target];
  return { steps: [0, 5, 10, 20], points: x, outputs, target };
}

describe('a training done here, exported and measured', () => {
  it('equals its own probes to 1e-12 in f64: two outputs, scattered points', async () => {
    const x = array(gaussianNoise(60, { seed: 4 }).data, 30, 2);
    const y = array(
      range(30).flatMap((i) => [Math.sin(3 * x.data[2 * i]!), Math.cos(x.data[2 * i]! + 2 * x.data[2 * i + 1]!)]),
      30,
      2,
    );
    const spec = mlp({ input: 2, hidden: [20], output: 2, activation: 'tanh' });
    const model = createModel(spec, { seed: 3, dtype: 'f64' });
    const frequencies = [
      [0.48, 0],
      [0.16, 0.32],
    ];
    const history = await model.train({
      x,
      y,
      loss: 'mse',
      optimizer: { type: 'adam', learningRate: 1e-2 },
      steps: 200,
      record: { every: 20 },
      probes: {
        outputs: { type: 'outputs', points: x },
        error: { type: 'spectrum', points: x, target: y, frequencies },
        filter: { type: 'filter', points: x, target: y, deltas: [0.3, 0.05] },
      },
    });
    const path = join(folder, 'own.npz');
    history.save(path);
    expect(Object.keys(readNpz(path)).sort()).toEqual(['frequencies', 'loss', 'outputs', 'points', 'steps', 'target']);
    const { folder: run, record } = await runToFolder(measureExperiment, {
      out: join(folder, 'runs'),
      parameters: { file: path, deltas: [0.3, 0.05] },
    });
    expect(record.problems).toBeUndefined();
    const arrays = readNpz(join(run, 'data/arrays.npz'));
    expect(Array.from(arrays.steps!.data)).toEqual(history.steps);
    expect(arrays.frequencies).toEqual(array(frequencies.flat(), 2, 2));
    expect(apart(arrays.relativeError!, history.probes.error.relativeError)).toBeLessThan(1e-12);
    expect(apart(arrays.amplitude!, history.probes.error.amplitude)).toBeLessThan(1e-12);
    expect(apart(arrays.filteredLow!, history.probes.filter.low)).toBeLessThan(1e-12);
    expect(apart(arrays.filteredHigh!, history.probes.filter.high)).toBeLessThan(1e-12);
    expect((await readRun(run)).record.id).toBe('measure');
  });

  it('of points of many dimensions equals the probe along the projection; of an image its radial spectra', async () => {
    const x = array(gaussianNoise(200, { seed: 9 }).data, 40, 5);
    const y = array(
      range(40).map((i) => Math.sin(2 * x.data[5 * i]!)),
      40,
      1,
    );
    const model = createModel(mlp({ input: 5, hidden: [8], output: 1, activation: 'tanh' }), { seed: 1, dtype: 'f64' });
    const frequencies = [0.2, 0.5];
    const history = await model.train({
      x,
      y,
      loss: 'mse',
      optimizer: { type: 'sgd', learningRate: 0.05 },
      steps: 30,
      record: { every: 10 },
      probes: {
        outputs: { type: 'outputs', points: x },
        error: { type: 'projection', points: x, target: y, frequencies },
      },
    });
    const found = await measure({
      steps: history.steps,
      points: x,
      outputs: history.probes.outputs.values,
      target: y,
      frequencies,
    });
    expect(apart(found.relativeError, history.probes.error.relativeError)).toBeLessThan(1e-12);
    expect(found.projection?.direction.shape).toEqual([5]);

    const pixels = array(
      range(48).flatMap((i) => [(i % 6) / 6, Math.floor(i / 6) / 8]),
      48,
      2,
    );
    const goal = array(
      range(48).map((i) => Math.sin(i) ** 2),
      48,
      1,
    );
    const painter = createModel(mlp({ input: 2, hidden: [8], output: 1, activation: 'tanh' }), {
      seed: 1,
      dtype: 'f64',
    });
    const painted = await painter.train({
      x: pixels,
      y: goal,
      loss: 'mse',
      optimizer: { type: 'sgd', learningRate: 0.05 },
      steps: 20,
      record: { every: 10 },
      probes: {
        outputs: { type: 'outputs', points: pixels },
        image: { type: 'image', points: pixels, target: goal, size: [8, 6] },
      },
    });
    const { radial } = await measure({
      steps: painted.steps,
      points: pixels,
      outputs: painted.probes.outputs.values,
      target: goal,
    });
    const rings = painted.probes.image.radial;
    expect(apart(radial!.amplitude, { data: rings.data, shape: rings.shape.slice(0, 2) })).toBeLessThan(1e-12);
  });

  it('is saved with what it was trained for, and says what is missing', async () => {
    const x = periodicGrid(16);
    const y = sample(x, Math.sin);
    const spec = mlp({ input: 1, hidden: [4], output: 1, activation: 'tanh' });
    const common = { x, y, loss: 'mse', optimizer: { type: 'sgd', learningRate: 0.1 }, steps: 2 } as const;
    const bare = await createModel(spec, { seed: 0 }).train(common);
    const path = join(folder, 'saved.npz');
    expect(() => bare.save(path)).toThrow(/expected a training with a probe of the outputs/);
    expect(() => bare.save('banana')).toThrow(/path: expected a path that ends with \.npz/);
    const elsewhere = periodicGrid(8);
    const probes = { outputs: { type: 'outputs', points: elsewhere } } as const;
    const history = await createModel(spec, { seed: 0 }).train({ ...common, probes });
    expect(() => history.save(path)).toThrow(/target: expected the target at the points of the probe outputs/);
    history.save(path, { target: sample(elsewhere, Math.sin) });
    expect(readNpz(path).target!.shape).toEqual([8]);
    expect(() => history.save(path, { probe: 'banana' })).toThrow(/probe: expected one of outputs, got "banana"/);
    expect(() => history.save(path, { target: [1, 2] })).toThrow(/target: expected shape \[8\]/);
    // A history is data: its method is no part of it.
    expect(Object.keys(history)).not.toContain('save');
  });
});

describe('measure', () => {
  it('a sum that is learnt wave by wave: errors 1 and 0, each passage where its wave came', async () => {
    const found = await measure(staircase());
    expect(Array.from(found.frequencies.data)).toEqual([1, 4, 11]);
    const expected = array([1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0], 4, 3);
    expect(apart(found.relativeError, expected)).toBeLessThan(1e-13);
    expect([found.passages, found.settled]).toEqual([
      [5, 10, 20],
      [5, 10, 20],
    ]);
    // cos has half its amplitude at k.
    expect(apart(found.targetAmplitude, array([0.5, 0.5, 0.25], 3))).toBeLessThan(1e-13);
    // Bands end at 0.2 and 0.5 of Nyquist's frequency, 20: waves 1 | 4 | 11, of energies 4 : 4 : 1 over 9.
    const b = found.bands!.error;
    expect(
      apart(
        b,
        array(
          [2, 2, 1, 0, 2, 1, 0, 0, 1, 0, 0, 0].map((v) => v / 3),
          4,
          3,
        ),
      ),
    ).toBeLessThan(1e-7);
  });

  it('ranks of recorded matrices: equal singular values count each, their number is the rank', async () => {
    const matrices = { w: array([1, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0.5, 0, 0, 0, 0], 4, 2, 2) };
    const { ranks } = await measure({ ...staircase(), matrices });
    const [p, q] = [2 / 3, 1 / 3];
    const middle = Math.exp(-p * Math.log(p) - q * Math.log(q));
    expect(apart(ranks.w!.effectiveRank, array([2, 1, middle, 0], 4))).toBeLessThan(1e-12);
    expect(apart(ranks.w!.stableRank, array([2, 1, 1.25, 0], 4))).toBeLessThan(1e-12);
  });

  it('keeps what came before a divergence', async () => {
    const { outputs, ...rest } = staircase();
    const found = await measure({ ...rest, outputs: [...outputs.slice(0, 3), outputs[0]!.map(() => Number.NaN)] });
    expect([found.divergedAt, found.steps, found.passages]).toEqual([20, [0, 5, 10], [5, 10, null]]);
    const nothing = measure({ ...rest, outputs: outputs.map((row) => row.map(() => Number.NaN)) });
    await expect(nothing).rejects.toMatchObject({ code: 'NON_FINITE' });
  });

  it('finds the frequencies that carry a target in one, two and three dimensions, on a grid and scattered', () => {
    const x = periodicGrid(64);
    const y = sample(x, (v) => Math.sin(2 * v) + 0.3 * Math.cos(9 * v));
    expect(Array.from(carryingFrequencies(x, y).data, (f) => 2 * Math.PI * f)).toEqual([2, 9]);
    const cells = array(
      range(12 * 10).flatMap((i) => [(i % 12) / 12, Math.floor(i / 12) / 10]),
      120,
      2,
    );
    const waves = (a: number, b: number) => Math.cos(2 * Math.PI * (3 * a - 2 * b)) + Math.sin(2 * Math.PI * b);
    const z = range(120).map((i) => waves(cells.data[2 * i]!, cells.data[2 * i + 1]!));
    expect(carryingFrequencies(cells, z)).toEqual(array([0, 1, 3, -2], 2, 2));
    const places = array(
      gaussianNoise(1200, { seed: 1 }).data.map((v) => v - Math.floor(v)),
      400,
      3,
    );
    const w = range(400).map((i) => Math.cos(2 * Math.PI * (2 * places.data[3 * i]! + places.data[3 * i + 2]!)));
    const scattered = carryingFrequencies(places, w);
    expect(scattered.shape).toEqual([1, 3]);
    for (const [axis, k] of [2, 0, 1].entries()) expect(scattered.data[axis]).toBeCloseTo(k, 0);
    expect(
      carryingFrequencies(
        x,
        sample(x, () => 3),
      ).shape,
    ).toEqual([0, 1]);
  });

  it('says what is wrong, and where', async () => {
    const good = staircase();
    const bad = (change: object) => measure({ ...good, ...change } as never);
    await expect(bad({ target: undefined })).rejects.toThrow(
      /target: expected an array, got none \(steps, points, outputs/,
    );
    await expect(bad({ steps: [0, 5, 5, 20] })).rejects.toThrow(/steps: expected ascending numbers, got 5 at 2/);
    await expect(bad({ outputs: good.outputs.slice(1) })).rejects.toThrow(/outputs: expected shape \[4, 40\] or/);
    await expect(bad({ target: [1, 2] })).rejects.toThrow(/target: expected shape \[40\]/);
    await expect(bad({ loss: [1] })).rejects.toThrow(/loss: expected shape \[4\]/);
    await expect(bad({ points: good.points.map(() => Number.NaN) })).rejects.toMatchObject({ code: 'NON_FINITE' });
    await expect(bad({ frequencies: [[1, 2]] })).rejects.toThrow(/frequencies: expected shape \[k\]/);
    await expect(bad({ target: good.target.map(() => 1) })).rejects.toThrow(/frequencies: the target has none/);
    await expect(bad({ matrices: { w: [1, 2] } })).rejects.toThrow(/w: expected shape \[4, rows, columns\]/);
    await expect(bad({ level: 0 })).rejects.toThrow(/level: expected/);
    await expect(bad({ deltas: [0] })).rejects.toThrow(/deltas: expected/);
    await expect(bad({ outputz: 1 })).rejects.toThrow(/did you mean "outputs"/);
    await expect(bad({ direction: [1] })).rejects.toThrow(/direction: expected points of more than 3/);
    await expect(bad({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('files', () => {
  const { steps, points, outputs, target } = staircase();
  const arrays = {
    steps: array(steps, 4),
    points: array(points, 40),
    outputs: array(outputs.flat(), 4, 40),
    target: array(target, 40),
  };

  it('the same recording from .npz, a folder of .npy and .csv, and tables of both kinds', async () => {
    const npz = join(folder, 'a.npz');
    await writeFile(npz, encodeNpz({ ...arrays, extra: array([1], 1) }));
    const one = await readRecording(npz);
    expect(one.ignored).toEqual(['extra']);
    expect(one.recording.outputs.shape).toEqual([4, 40, 1]);
    const several = join(folder, 'arrays');
    await mkdir(several);
    for (const name of ['steps', 'points', 'target'] as const) {
      await writeFile(join(several, `${name}.npy`), encodeNpy(arrays[name]));
    }
    await writeFile(join(several, 'outputs.csv'), `${outputs.map((row) => row.join()).join('\n')}\n`);
    const long = [
      'step,x,target,output,loss',
      ...steps.flatMap((s, r) => points.map((x, i) => [s, x, target[i], outputs[r]![i], 4 - r].join())),
    ];
    await writeFile(join(folder, 'long.csv'), long.join('\n'));
    const wide = [
      ['x', 'target', ...steps.map((s) => `step ${s}`)].join(),
      ...points.map((x, i) => [x, target[i], ...outputs.map((row) => row[i])].join()),
    ];
    await writeFile(join(folder, 'wide.csv'), wide.join('\n'));
    for (const name of ['arrays', 'long.csv', 'wide.csv']) {
      const { recording } = await readRecording(join(folder, name));
      const { loss, ...rest } = recording;
      expect(rest, name).toEqual(one.recording);
      expect(loss).toEqual(name === 'long.csv' ? [4, 3, 2, 1] : undefined);
    }
  });

  it('say what is missing with what is there', async () => {
    const { target: _, ...three } = arrays;
    const path = join(folder, 'missing.npz');
    await writeFile(path, encodeNpz(three));
    await expect(readRecording(path)).rejects.toThrow(/target: expected an array of that name; there is: steps \[4\]/);
    await writeFile(path, encodeNpz(arrays).subarray(0, -40));
    await expect(readRecording(path)).rejects.toMatchObject({ code: 'IO' });
    await writeFile(join(folder, 'bad.csv'), 'x,target\n1,2\n');
    await expect(readRecording(join(folder, 'bad.csv'))).rejects.toThrow(
      /a column step, or columns such as "step 100"/,
    );
    await writeFile(join(folder, 'uneven.csv'), 'step,x,target,output\n0,1,2,3\n0,2,2,3\n5,1,2,3\n');
    await expect(readRecording(join(folder, 'uneven.csv'))).rejects.toThrow(/as many rows for each step/);
    await expect(readRecording(join(folder, 'none'))).rejects.toThrow(/no such file or folder/);
    await writeFile(join(folder, 'a.txt'), '');
    await expect(readRecording(join(folder, 'a.txt'))).rejects.toThrow(/expected a recording/);
  });

  it('the command writes a run folder, judges the claims asked for, and names what it cannot read', async () => {
    const path = join(folder, 'cli.npz');
    await writeFile(path, encodeNpz(arrays));
    const out = join(folder, 'cli');
    const { code, stdout } = await fprinciple(['measure', path, '--claim', 'low-first', '--out', out, '--json']);
    expect(code).toBe(0);
    const { runs, held } = JSON.parse(stdout) as { runs: { folder: string; metrics: object }[]; held: number };
    expect(held).toBe(1);
    expect(runs[0]!.metrics).toMatchObject({ passage_1: 5, passage_4: 10, passage_11: 20 });
    expect(await readdir(runs[0]!.folder)).toEqual(expect.arrayContaining(['report.html', 'result.json']));
    const read = readNpz(join(runs[0]!.folder, 'data/arrays.npz'));
    expect(read.relativeError!.shape).toEqual([4, 3]);
    const early = { ...arrays, steps: array(steps.slice(0, 3), 3), outputs: array(outputs.slice(0, 3).flat(), 3, 40) };
    await writeFile(path, encodeNpz(early));
    const failed = await fprinciple(['measure', path, '--claim', 'all-learnt', '--out', out]);
    expect(failed.code).toBe(3);
    expect(failed.stdout).toContain('FAILED');
    const missing = await fprinciple(['measure', join(folder, 'none.npz'), '--out', out]);
    expect([missing.code, missing.stderr]).toEqual([4, expect.stringContaining('no such file')]);
    expect((await fprinciple(['measure', path, '--claim', 'banana'])).code).toBe(2);
  }, 60_000);
});

describe('recorders', () => {
  const { steps, points, outputs, target } = staircase();
  const python = spawnSync('python3', ['--version']).status === 0;

  it('in JavaScript: lists, arrays and tensors; readable unfinished and cut short; run.npz at the end', async () => {
    const path = join(folder, 'js.record');
    const recorder = new Recorder(path, points, target, { frequencies: [1, 4] });
    await expect(readRecording(path)).rejects.toThrow(/nothing was recorded yet/);
    const tensor = { shape: [40, 1], dataSync: () => Float32Array.from(outputs[1]!) };
    recorder.record(0, outputs[0]!, { loss: 2, matrices: { w: [[1, 0]] } });
    recorder.record(5, tensor, { matrices: { w: [[0, 3]] } });
    const { recording } = await readRecording(path);
    expect(recording.steps).toEqual([0, 5]);
    expect(recording.matrices.w).toEqual(array([1, 0, 0, 3], 2, 1, 2));
    expect(Array.from(recording.outputs.data.subarray(40))).toEqual(Array.from(Float32Array.from(outputs[1]!)));
    expect(() => recorder.record(5, outputs[0]!)).toThrow(/step: expected more than 5, got 5/);
    expect(() => recorder.record(6, [1, 2])).toThrow(/outputs: expected shape \[40\] as target has, got \[2\]/);
    expect(() => recorder.record(6, outputs[0]!)).toThrow(/matrices: expected the names and shapes of the first/);
    expect(() => new Recorder(path, points, target)).toThrow(/is there already/);
    expect(() => new Recorder(`${path}2`, points, [1])).toThrow(/target: expected 40 rows/);
    expect(recorder.close()).toBe(join(folder, 'js.npz'));
    expect(() => recorder.record(7, outputs[0]!)).toThrow(/closed/);
    const npz = (await readRecording(join(folder, 'js.npz'))).recording;
    expect(npz).toEqual(recording);
    // The last record is not whole yet.
    const bin = join(path, 'records.bin');
    await truncate(bin, (await readFile(bin)).length - 3);
    expect((await readRecording(path)).recording.steps).toEqual([0]);
    await truncate(bin, 3);
    await expect(readRecording(path)).rejects.toThrow(/records\.bin: expected at least one record/);
  });

  it.skipIf(!python)('in Python, standard library alone: the bytes of the one in JavaScript', async () => {
    const printed = await fprinciple(['recorder']);
    const file = join(folder, 'fprinciple_recorder.py');
    await writeFile(file, printed.stdout);
    expect(printed.stdout).toBe(await readFile(join(root, 'python/fprinciple_recorder.py'), 'utf8'));
    const data = JSON.stringify({ steps, points, outputs, target });
    const script = `
import json, sys
sys.path.insert(0, ${JSON.stringify(folder)})
from fprinciple_recorder import Recorder
d = json.loads(sys.stdin.read())
r = Recorder(${JSON.stringify(join(folder, 'py.record'))}, d["points"], d["target"], frequencies=[1, 4])
for i, (step, h) in enumerate(zip(d["steps"], d["outputs"])):
    r.record(step, [[v] for v in h] if i % 2 else h, loss=0.5, matrices={"w": [[1, 2], [3, i]]})
for wrong in (lambda: r.record(20, d["target"]), lambda: r.record(21, [1.0]), lambda: r.record(21, d["target"]), lambda: Recorder(r.path, [1], [1]), lambda: Recorder("x", [1], [1, 2]), lambda: Recorder("x", ["a"], [1])):
    try:
        wrong()
    except (ValueError, FileExistsError) as error:
        print(error)
print(r.close())
`;
    // -S: without the packages of the machine.
    const ran = spawnSync('python3', ['-S', '-c', script], { input: data, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    const lines = ran.stdout.trim().split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'step: expected more than 20, the last one, got 20',
      'outputs: expected shape [40] as target has, got [1]',
      expect.stringContaining('matrices: expected'),
      expect.stringContaining('is there already: Recorder(..., overwrite=True) replaces it'),
      'target: expected 1 rows as points has, got shape [2]',
      "points: expected numbers, got 'a'",
    ]);
    const recorder = new Recorder(join(folder, 'same.record'), points, target, { frequencies: [1, 4] });
    for (const [i, step] of steps.entries()) {
      const w = [
        [1, 2],
        [3, i],
      ];
      recorder.record(step, outputs[i]!, { loss: 0.5, matrices: { w } });
    }
    for (const name of ['records.bin', 'points.npy', 'target.npy', 'frequencies.npy']) {
      const [a, b] = await Promise.all(['py.record', 'same.record'].map((of) => readFile(join(folder, of, name))));
      expect(a!.equals(b!), name).toBe(true);
    }
    const [npz, live] = [await readRecording(lines[6]!), await readRecording(join(folder, 'py.record'))];
    expect(npz.recording).toEqual(live.recording);
    expect(npz.recording.loss).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it.skipIf(spawnSync('python3', ['-c', 'import numpy']).status !== 0)('in Python with NumPy arrays', async () => {
    const script = `
import sys
sys.path.insert(0, ${JSON.stringify(join(root, 'python'))})
import numpy as np
from fprinciple_recorder import Recorder
x = np.linspace(0, 1, 8, endpoint=False, dtype=np.float32)
r = Recorder(${JSON.stringify(join(folder, 'np.record'))}, x, np.stack([x, 2 * x], axis=1))
r.record(0, np.stack([x, x], axis=1)[::1], loss=np.float64(2))
r.record(np.int64(3), np.asfortranarray(np.stack([x, 2 * x], axis=1)), loss=np.array(1.0))
print(np.load(r.close())["outputs"].shape)
`;
    const ran = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    expect(ran.stdout.trim()).toBe('(2, 8, 2)');
    const { recording } = await readRecording(join(folder, 'np.record'));
    expect(recording.steps).toEqual([0, 3]);
    expect(Array.from(recording.outputs.data.subarray(16))).toEqual(Array.from(recording.target.data));
  });

  it('a training in PyTorch gives the first passages that its own script computes', async () => {
    const path = (name: string) => fileURLToPath(new URL(`fixtures/measure/${name}`, import.meta.url));
    const expected = JSON.parse(await readFile(path('pytorch.json'), 'utf8')) as { passages: number[]; last: number[] };
    const { recording } = await readRecording(path('pytorch.npz'));
    const found = await measure(recording as never);
    expect(found.passages).toEqual(expected.passages);
    const last = found.relativeError.data.subarray(-3);
    for (const [i, error] of expected.last.entries()) expect(Math.abs(last[i]! / error - 1)).toBeLessThan(1e-9);
    // What the spectrum itself says of the target: the same frequencies, to a bin of its (jittered) period.
    const own = carryingFrequencies(recording.points, recording.target);
    expect(own.shape[0]).toBe(3);
    for (const [i, f] of own.data.entries()) expect(Math.abs(f - recording.frequencies!.data[i]!)).toBeLessThan(0.05);
  });
});
