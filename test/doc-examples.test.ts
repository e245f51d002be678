/**
 * The examples in docstrings run as they stand, and a line that ends in `// => value` has that value. They take the package's names
 * for granted, and what `given` makes: a trained network `model` of one input with its `spec`, its data
 * `x` and `y` and the `options` of its training, and `net.onnx`; and a training of another library.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as fprinciple from '../src/index.js';
import { root } from './support/cli.js';

const before = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-examples-'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true, force: true });
});

/** The examples of a file: the text after each `@example`, up to the next tag or the docstring's end. */
function examplesIn(text: string): string[] {
  return [...text.matchAll(/^ *\* @example *\n((?:(?! *\* @\w)(?! *\*\/).*\n)*)/gm)].map(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/^ *\* ?/, ''))
      .filter((line) => !line.startsWith('```'))
      .join('\n')
      .trim(),
  );
}

const sources = (await readdir(join(root, 'src'), { recursive: true })).filter((path) => path.endsWith('.ts'));
const examples = (
  await Promise.all(
    sources.map(async (path) =>
      examplesIn(await readFile(join(root, 'src', path), 'utf8')).map((code, i) => [`${path} ${i + 1}`, code] as const),
    ),
  )
).flat();

async function given() {
  const { mlp, createModel } = fprinciple;
  const x = Array.from({ length: 32 }, (_, i) => [i / 32]);
  const y = x.map(([v = 0]) => [Math.sin(2 * Math.PI * v)]);
  const spec = mlp({ input: 1, hidden: [8], output: 1, activation: 'tanh' });
  const model = createModel(spec, { seed: 1 });
  const options = { x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 10 } as const;
  await model.train(options);
  model.save('net.onnx');
  // Another library's training, for the recorder.
  const network = { predict: (points: number[][]) => points.map(() => [0]) };
  const others = { network, points: x, target: y, trainOneStep: async () => undefined };
  return { x, y, spec, model, options, ...others };
}

/** Arrays of every kind as nested lists. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value)
    return fprinciple.toNested(value as fprinciple.NdArray);
  return value;
}

function expectSame(got: unknown, wanted: unknown, code: string): void {
  if (typeof wanted === 'number') {
    expect(typeof got, code).toBe('number');
    expect(Math.abs((got as number) - wanted), `${code}: ${got}`).toBeLessThan(1e-4);
  } else if (Array.isArray(wanted)) {
    expect(Array.isArray(got) && got.length, `${code}: ${JSON.stringify(got)}`).toBe(wanted.length);
    wanted.forEach((part, i) => {
      expectSame((got as unknown[])[i], part, code);
    });
  } else expect(got, code).toEqual(wanted);
}

/** Runs an example; gives how many of its values were compared. */
async function run(code: string): Promise<number> {
  const checked = code.replace(
    /^(.+?); \/\/ => (.+)$/gm,
    (_, expression: string, value: string) =>
      `$same(await (${expression}), (${value}), ${JSON.stringify(expression)});`,
  );
  const { outputText } = ts.transpileModule(checked, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  let compared = 0;
  const scope = {
    ...fprinciple,
    ...(await given()),
    console: { log: () => undefined },
    $same: (got: unknown, wanted: unknown, text: string) => {
      compared++;
      expectSame(plain(got), wanted, text);
    },
  };
  // What an example declares stands before what it is given.
  const body = `return (async () => { ${outputText} })();`;
  await new Function(...Object.keys(scope), body)(...Object.values(scope));
  return compared;
}

describe('examples of docstrings', () => {
  it('are there for most of what returns numbers', () => expect(examples.length).toBeGreaterThan(70));

  it.each(examples)('%s', async (_, code) => {
    expect(await run(code)).toBe(code.match(/\/\/ => /g)?.length ?? 0);
  });

  it('fail where a value is another', async () => {
    await expect(run('fft([1, 0]).re; // => [1, 2]')).rejects.toThrow();
  });
});
