/** Networks inspected: against closed forms of a linear network, and files of several kinds that are one network. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel, encodeNpy, gaussianNoise, inspect, loadOnnx, periodicGrid, readModel } from '../src/index.js';
import { inputsIn } from '../src/measure/inputs.js';
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

  it('the arrays of a part of a larger model, under other names', async () => {
    const from = readFileSync(fixture('mlp-f64.safetensors'));
    const length = Number(from.readBigUInt64LE(0));
    const { __metadata__: _, ...entries } = JSON.parse(from.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
    const other: Record<string, string> = { 0: 'fc_in', 2: 'mid.1', 4: 'out' };
    const renamed = Object.entries(entries).map(([name, entry]) => {
      const [index = '', kind] = name.split('.');
      return [`model.decoder.${other[index]}.${kind}`, entry] as const;
    });
    const write = async (file: string, more: Record<string, unknown> = {}) => {
      const header = Buffer.from(JSON.stringify({ ...Object.fromEntries(renamed), ...more }));
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(header.length));
      const path = join(folder, file);
      await writeFile(path, Buffer.concat([size, header, from.subarray(8 + length)]));
      return path;
    };
    const { spec, ...model } = { spec: loadOnnx(fixture('mlp-f64.onnx')).spec, own: loadOnnx(fixture('mlp-f64.onnx')) };
    // A head that nobody asked for lies in the same file.
    const head = { dtype: 'F64', shape: [1], data_offsets: [0, 8] };
    const path = await write('part.safetensors', { 'model.head.weight': head });
    const names = {
      'layers.0': 'fc_in',
      'layers.2': 'mid.1',
      'layers.4.weight': 'out.weight',
      'layers.4.bias': 'out.bias',
    };
    const prefix = 'model.decoder.';
    expect(readModel(path, { spec, prefix, names }).parameters()).toEqual(model.own.parameters());
    const whole = Object.fromEntries(Object.entries(names).map(([own, stored]) => [own, prefix + stored]));
    expect(readModel(path, { spec, names: whole }).parameters()).toEqual(model.own.parameters());
    // A draft needs no names: those of the part are in their order.
    expect(() => readModel(path, { prefix, activation: 'tanh' })).not.toThrow();
    const refused: [Parameters<typeof readModel>[1], RegExp][] = [
      [{ spec, prefix: 'encoder.', names }, /prefix: .*no array whose name begins with encoder\., but model\.decoder/],
      [{ spec, prefix }, /it has no layers\.0\.weight for layers\.0\.weight, but .*fc_in/],
      [{ spec, prefix, names: { ...names, 'layers.9': 'x' } }, /names: the network has no layers\.9, but layers\.0/],
      [{ spec, prefix, names: { ...names, 'layers.0': 'out' } }, /out\.weight: expected shape \[8, 2\] as layers\.0/],
      [{ prefix, names }, /names: expected a spec/],
      [{ spec, names: { 'layers.0': 3 as never } }, /names\.layers\.0: expected a text/],
    ];
    for (const [options, message] of refused) expect(() => readModel(path, options), String(message)).toThrow(message);
    const scale = { 'model.decoder.fc_in.scale': head };
    const odd = await write('odd.safetensors', scale);
    expect(() => readModel(odd, { spec, prefix, names })).toThrow(/fc_in\.scale has no place in the network/);
    expect(() => readModel(fixture('mlp.onnx'), { prefix })).toThrow(/prefix: is said of a safetensors file/);

    const files = { spec: join(folder, 'net.json'), names: join(folder, 'names.json') };
    await writeFile(files.spec, JSON.stringify(spec));
    await writeFile(files.names, JSON.stringify(names));
    const { code, stderr } = await fprinciple([
      ...['measure', path, '--spec', files.spec, '--names', files.names, '--prefix', prefix],
      ...['--out', join(folder, 'parts'), '--json'],
    ]);
    expect([code, stderr]).toEqual([0, expect.anything()]);
  }, 60_000);

  it('a safetensors file that ends early anywhere is refused', async () => {
    const whole = readFileSync(fixture('mlp-f64.safetensors'));
    const cut = join(folder, 'shorter.safetensors');
    for (let size = 0; size < whole.length; size += 61) {
      await writeFile(cut, whole.subarray(0, size));
      expect(() => readModel(cut, { activation: 'tanh' }), `${size} bytes`).toThrow(
        /not a safetensors file, or cut short/,
      );
    }
  });

  it('is looked at on inputs in their shape, flat, or of a table of samples, never with their axes in another order', async () => {
    const file = async (shape: number[]) => {
      const path = join(folder, `${shape.join('x')}.npy`);
      await writeFile(
        path,
        encodeNpy({
          ...gaussianNoise(
            shape.reduce((a, b) => a * b),
            { seed: 0 },
          ),
          shape,
        }),
      );
      return path;
    };
    for (const shape of [
      [5, 2, 3, 4],
      [5, 24],
      [5, 25],
    ])
      expect((await inputsIn(await file(shape), [2, 3, 4])).shape).toEqual([5, 2, 3, 4]);
    for (const shape of [[5], [5, 1], [5, 2]]) expect((await inputsIn(await file(shape), [1])).shape).toEqual([5, 1]);
    await expect(inputsIn(await file([5, 3, 4, 2]), [2, 3, 4])).rejects.toThrow(/\[n, 2, 3, 4\].*got \[5, 3, 4, 2\]/);
    await expect(inputsIn(await file([5, 7]), [3])).rejects.toThrow(/expected inputs \[n, 3\], got \[5, 6\]/);
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
