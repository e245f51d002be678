import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineExperiment,
  isExperiment,
  mergeParameters,
  parametersSchema,
  parseAssignment,
  resolveParameters,
  runExperiment,
} from '../src/experiment/index.js';
import { deriveSeeds, type FprincipleError } from '../src/index.js';

const optimizer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('adam'), learningRate: z.number().positive(), beta1: z.number().default(0.9) }),
  z.object({ type: z.literal('sgd'), learningRate: z.number().positive(), momentum: z.number().default(0) }),
]);
const schema = z.object({
  width: z.int().min(1).default(40).describe('units of a hidden layer'),
  frequencies: z.array(z.number()).default([1, 3, 5]),
  network: z.object({ activation: z.enum(['tanh', 'relu']).default('tanh'), depth: z.int().default(2) }).prefault({}),
  optimizer: optimizer.default({ type: 'adam', learningRate: 1e-3, beta1: 0.9 }),
});
const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect((error as FprincipleError).code).toBe('INVALID_ARGUMENT');
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

describe('parameters', () => {
  it('defaults, then the preset, then the user', () => {
    const resolved = resolveParameters(schema, { width: 100 }, { network: { depth: 5 } }, { frequencies: [1] });
    expect(resolved.width).toBe(100);
    expect(resolved.network).toEqual({ activation: 'tanh', depth: 5 });
    expect(resolved.frequencies).toEqual([1]);
    expect(resolved.optimizer).toEqual({ type: 'adam', learningRate: 1e-3, beta1: 0.9 });
  });

  it('another type replaces, the same type merges', () => {
    const preset = { optimizer: { type: 'adam', learningRate: 0.1, beta1: 0.5 } };
    expect(resolveParameters(schema, preset, { optimizer: { learningRate: 0.2 } }).optimizer).toEqual({
      type: 'adam',
      learningRate: 0.2,
      beta1: 0.5,
    });
    expect(resolveParameters(schema, preset, { optimizer: { type: 'sgd', learningRate: 0.2 } }).optimizer).toEqual({
      type: 'sgd',
      learningRate: 0.2,
      momentum: 0,
    });
    expect(mergeParameters({ a: [1, 2] }, { a: [3] })).toEqual({ a: [3] });
  });

  it('misspelt names are refused with the nearest one', () => {
    expect(message(() => resolveParameters(schema, { widht: 3 }))).toContain('did you mean "width"');
    expect(message(() => resolveParameters(schema, { network: { dept: 3 } }))).toMatch(
      /network\.dept.*did you mean "depth"/,
    );
    expect(message(() => resolveParameters(schema, { optimizer: { type: 'adam', learningrate: 1 } }))).toContain(
      'did you mean "learningRate"',
    );
    expect(message(() => resolveParameters(schema, { zzzzzzzz: 3 }))).toContain('there is: width, frequencies');
  });

  it('wrong values are refused by name, with what came', () => {
    expect(message(() => resolveParameters(schema, { width: 0 }))).toMatch(/width: .*got 0/);
    expect(message(() => resolveParameters(schema, { width: 'wide' }))).toMatch(/width: .*number.*got "wide"/);
    expect(message(() => resolveParameters(schema, { width: Number.NaN }))).toMatch(/width/);
    expect(message(() => resolveParameters(schema, { network: { activation: 'relo' } }))).toMatch(
      /network\.activation/,
    );
    expect(message(() => resolveParameters(schema, 3))).toContain('expected an object');
    expect(message(() => resolveParameters(schema, { optimizer: { type: 'adma', learningRate: 1 } }))).toMatch(
      /optimizer/,
    );
  });

  it('--set reads paths and values', () => {
    expect(parseAssignment('optimizer.learningRate=1e-3')).toEqual({ optimizer: { learningRate: 1e-3 } });
    expect(parseAssignment('a=.5')).toEqual({ a: 0.5 });
    expect(parseAssignment('a=[1,2]')).toEqual({ a: [1, 2] });
    expect(parseAssignment('a=true')).toEqual({ a: true });
    expect(parseAssignment('image=./my photo=1.png')).toEqual({ image: './my photo=1.png' });
    for (const bad of ['', 'a', '=1', 'a..b=1', '__proto__.x=1']) message(() => parseAssignment(bad));
  });

  it('the schema makes every default optional and keeps descriptions', () => {
    const json = parametersSchema(schema);
    expect(json.required ?? []).toEqual([]);
    expect(json.properties?.width?.description).toBe('units of a hidden layer');
  });
});

describe('defineExperiment', () => {
  const whole = {
    id: 'an-example',
    title: 'An example',
    source: 'nowhere',
    parameters: schema,
    presets: { quick: { width: 2 }, paper: {} },
    run: ({ parameters, seeds }: { parameters: { width: number }; seeds(n: number): number[] }) => ({
      metrics: { width: parameters.width, seed: seeds(3)[2]! },
    }),
  };

  it('makes an experiment that runs with its preset', async () => {
    const experiment = defineExperiment(whole);
    expect(isExperiment(experiment)).toBe(true);
    const result = await runExperiment(experiment, { seed: 7 });
    expect(result.metrics).toEqual({ width: 2, seed: deriveSeeds(7, 3)[2] });
    expect((await runExperiment(experiment, { preset: 'paper' })).metrics.width).toBe(40);
  });

  it('refuses what is no experiment', () => {
    message(() => defineExperiment({ ...whole, id: 'Not Right' }));
    message(() => defineExperiment({ ...whole, title: '' }));
    message(() => defineExperiment({ ...whole, parameters: z.string() } as never));
    message(() => defineExperiment({ ...whole, presets: { quick: {} } } as never));
    expect(isExperiment({ id: 'x' })).toBe(false);
  });

  it('refuses unknown presets, bad seeds and an aborted signal', async () => {
    const experiment = defineExperiment(whole);
    await expect(runExperiment(experiment, { preset: 'quik' as never })).rejects.toThrow('did you mean "quick"');
    await expect(runExperiment(experiment, { seed: -1 })).rejects.toThrow('seed');
    await expect(runExperiment(experiment, { seed: 0.5 })).rejects.toThrow('seed');
    await expect(runExperiment(experiment, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
