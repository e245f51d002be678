/** Networks inspected: against closed forms of a linear network, and files of several kinds that are one network. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel, inspect, loadOnnx, periodicGrid, readModel } from '../src/index.js';
import { fprinciple } from './support/cli.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/onnx/${name}`, import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-inspect-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('inspect', () => {
  it('a linear map h = 3 x1 + 4 x2: norms, path norm, sensitivity 5, kernel x.x + 1', async () => {
    const model = createModel({ input: 2, layers: [{ type: 'dense', units: 1 }] }, { seed: 0, dtype: 'f64' });
    model.setParameters({ 'layers.0.weight': [[3, 4]], 'layers.0.bias': [0.5] });
    const data = [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ];
    const found = await inspect(model, { data });
    expect(found.parameters).toBe(3);
    const [weight] = found.weights;
    expect([weight!.spectralNorm, weight!.effectiveRank, weight!.stableRank].map((v) => Number(v.toFixed(9)))).toEqual([
      5, 1, 1,
    ]);
    expect(found.pathNorm).toBeCloseTo(7.5, 12);
    expect(found.sensitivity!.mean).toBeCloseTo(5, 12);
    expect(found.sensitivity!.largest).toBeCloseTo(5, 12);
    // X X^T + 1 has the eigenvalues 4 (the ones), 2, 2 and 0.
    for (const [i, value] of [4, 2, 2, 0].entries()) expect(found.kernel!.eigenvalues.data[i]).toBeCloseTo(value, 10);
    // At the rate at which the first is gone in a step, the second halves in one.
    expect(found.kernel!.halfLife.data[1]).toBeCloseTo(1, 9);
    expect(found.directions.map(({ name }) => name)).toEqual([
      'axis 1',
      'axis 2',
      'principal',
      'random',
      'adversarial',
    ]);
  });

  it('sin 4x: its response lies at 4 / 2 pi', async () => {
    const model = createModel(
      {
        input: 1,
        layers: [
          { type: 'dense', units: 1 },
          { type: 'activation', fn: 'sin' },
        ],
      },
      { seed: 0, dtype: 'f64' },
    );
    model.setParameters({ 'layers.0.weight': [[4]], 'layers.0.bias': [0] });
    const { directions } = await inspect(model, { data: periodicGrid(32), reach: 2 * Math.PI });
    const { frequency, amplitude } = directions[0]!;
    const top = amplitude.data.indexOf(Math.max(...amplitude.data));
    expect(frequency.data[top]).toBeCloseTo(4 / (2 * Math.PI), 9);
  });

  it('says what a network is none for, and refuses data that do not fit', async () => {
    const cnn = loadOnnx(fixture('cnn.onnx'));
    const found = await inspect(cnn);
    expect(found.pathNorm).toBeNull();
    expect(found.notes.join(' ')).toMatch(/No path norm: .* No sensitivity:/);
    expect(found.kernel!.eigenvalues.shape).toEqual([128]);
    await expect(inspect(cnn, { data: [[1, 2]] })).rejects.toThrow(/data: expected shape \[n, 2, 12, 14\]/);
    await expect(inspect(cnn, { samples: 1 })).rejects.toThrow(/samples: expected/);
    await expect(inspect({} as never)).rejects.toThrow(/model: expected a model/);
    await expect(inspect(cnn, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('files of models', () => {
  it('a state_dict alone is drafted from names and shapes; the activation is asked for, with the draft', async () => {
    const path = fixture('mlp-f64.safetensors');
    expect(() => readModel(path)).toThrow(/"input":2,"layers":\[\{"type":"dense","units":8.*--activation tanh/);
    const layers = loadOnnx(fixture('mlp-f64.onnx'));
    const tanh = readModel(path, { activation: 'tanh' });
    expect(tanh.dtype).toBe('f64');
    expect(tanh.parameters()).toEqual(layers.parameters());
    const spec = readModel(path, { spec: layers.spec });
    const x = [[0.3, -0.7]];
    expect((await spec.predict(x)).data).toEqual((await layers.predict(x)).data);
    expect(() => readModel(fixture('cnn.safetensors'))).toThrow(
      /only chains of dense layers can be drafted; it has .*0\.bias \[4\]/,
    );
    await writeFile(join(folder, 'cut.safetensors'), Buffer.alloc(20));
    expect(() => readModel(join(folder, 'cut.safetensors'))).toThrow(/not a safetensors file|cut short/);
    expect(() => readModel('a.banana')).toThrow(/expected a model/);
  });

  it('the command writes one page of a model, and tells its options from those of a recording', async () => {
    const out = join(folder, 'runs');
    const { code, stdout } = await fprinciple(['measure', fixture('mlp.onnx'), '--out', out, '--json']);
    expect(code).toBe(0);
    const { runs } = JSON.parse(stdout) as { runs: { id: string; folder: string; metrics: object }[] };
    expect(runs[0]!.id).toBe('inspect');
    expect(runs[0]!.metrics).toMatchObject({ parameters: 122 });
    expect(await readdir(runs[0]!.folder)).toContain('report.html');
    const wrong = await fprinciple(['measure', fixture('mlp.onnx'), '--claim', 'low-first', '--out', out]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--claim: is an option of a recording')]);
  }, 90_000);
});
