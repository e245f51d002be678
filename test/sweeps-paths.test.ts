import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineExperiment } from '../src/experiment/index.js';
import { mergeParameters, parseAssignment, resolveParameters } from '../src/experiment/parameters.js';
import { planSweep } from '../src/sweeps/folder/open.js';
import { trainingParameters } from '../src/sweeps/plan/training-parameters.js';

const network = {
  input: 1,
  layers: [
    { type: 'fourierFeatures', frequencies: { count: 8, scale: 1 } },
    { type: 'dense', units: 4 },
    { type: 'branches', branches: [[{ type: 'dense', units: 2 }], [{ type: 'dense', units: 2 }]] },
  ],
};

const resolved = (...settings: string[]) =>
  resolveParameters(
    trainingParameters,
    { data: { type: 'sines' }, optimizer: { type: 'adam' } },
    settings.reduce<unknown>((all, text) => mergeParameters(all, parseAssignment(text)), {}),
  );

describe('paths into lists', () => {
  it('change one entry of a network, in a grid and with --set, in any order', async () => {
    const grid = { 'network.layers.0.frequencies.scale': [1, 2, 5], 'network.layers.1.units': [4, 6] };
    const { runs } = await planSweep({ parameters: { network }, grid });
    expect(runs.length).toBe(6);
    expect(runs.at(-1)?.settings).toMatchObject({
      network: { layers: [{ frequencies: { scale: 5 } }, { units: 6 }, {}] },
    });
    const set = `network=${JSON.stringify(network)}`;
    const inner = 'network.layers.2.branches.1.0.units=7';
    expect(resolved(set, inner).network).toMatchObject({
      layers: [{}, { units: 4 }, { branches: [[{ units: 2 }], [{ units: 7 }]] }],
    });
    expect(resolved(set, 'network.layers.0.frequencies.scale=3').network).toMatchObject({
      layers: [{ frequencies: { count: 8, scale: 3 } }, {}, {}],
    });
  });

  it('change one entry of a list that only the defaults have', () => {
    expect(resolved('network.hidden.1=20').network).toMatchObject({ hidden: [40, 20] });
    expect(resolved('data.frequencies.0=3').data).toMatchObject({ frequencies: [3, 5] });
    expect(resolved('data.frequencies=[1,2,3]', 'data.frequencies.2=9').data).toMatchObject({ frequencies: [1, 2, 9] });
  });

  it('say what is wrong: a place that is not there, a name, a type', () => {
    const set = `network=${JSON.stringify(network)}`;
    const wrong: [string[], RegExp][] = [
      [[set, 'network.layers.3.units=4'], /"network\.layers\.3": network\.layers has 3 entries, 0 to 2/],
      [['network.hidden.2=4'], /"network\.hidden\.2": network\.hidden has 2 entries, 0 to 1/],
      [['data.frequencies.9=4'], /data\.frequencies has 2 entries/],
      [[set, 'network.layers.1.unit=4'], /unknown parameter "network\.layers\.1\.unit": did you mean "units"\?/],
      [[set, 'network.layers.0.frequencies.scal=4'], /"network\.layers\.0\.frequencies\.scal": did you mean "scale"\?/],
      [[set, 'network.layers.1.units=wide'], /network\.layers\.1\.units: .*got "wide"/],
      [[set, 'network.layers.1=5'], /network\.layers\.1: .*got 5/],
      [['network.layers.0.units=4'], /there is no list at network\.layers/],
      [['steps.0=4'], /steps/],
      [['network.hidden.first=4'], /network\.hidden/],
    ];
    for (const [settings, message] of wrong) expect(() => resolved(...settings), settings.at(-1)).toThrow(message);
  });

  it("reach an experiment's lists and its records of numbered names; an object is still no list", async () => {
    const toy = defineExperiment({
      id: 'toy',
      title: 'A toy',
      source: 'test',
      parameters: z.object({
        targets: z.array(z.array(z.number())).default([[1, 3], [2]]),
        ends: z.tuple([z.number(), z.number()]).default([0, 1]),
        weights: z.record(z.string(), z.number()).default({ 3: 1 }),
      }),
      presets: { quick: {}, paper: { targets: [[5], [6], [7]] } },
      run: () => ({}),
    });
    const of = (preset: 'quick' | 'paper', ...settings: string[]) =>
      resolveParameters(
        toy.parameters,
        toy.presets[preset],
        settings.reduce<unknown>((all, text) => mergeParameters(all, parseAssignment(text)), {}),
      );
    expect(of('quick', 'targets.0.1=9').targets).toEqual([[1, 9], [2]]);
    expect(of('paper', 'targets.2=[8,8]').targets).toEqual([[5], [6], [8, 8]]);
    expect(of('quick', 'ends.1=4').ends).toEqual([0, 4]);
    expect(of('quick', 'weights.3=2', 'weights.7=5').weights).toEqual({ 3: 2, 7: 5 });
    expect(() => of('quick', 'targets.2.0=1')).toThrow(/targets has 2 entries/);
    expect(() => resolveParameters(toy.parameters, { targets: { 0: [1] } })).toThrow(/targets/);
    const { runs } = await planSweep({ grid: { 'targets.1.0': [4, 5], 'ends.0': [-1] } }, toy);
    expect(runs.length).toBe(2);
  });

  it('the coarser path comes first, whichever was named first', async () => {
    const grid = { 'optimizer.learningRate': [0.5], optimizer: [{ type: 'sgd' }, { type: 'adam' }] };
    const { runs } = await planSweep({ grid });
    expect(runs.map(({ settings }) => settings.optimizer)).toEqual([
      { type: 'sgd', learningRate: 0.5 },
      { type: 'adam', learningRate: 0.5 },
    ]);
  });
});
