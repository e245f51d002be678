import { z } from 'zod';
import { createModel, defineExperiment, mlp, trainMany } from '../../src/index.js';

/** Two trainings and a sweep, long enough to be killed in the middle of any; everything they gave is in the arrays. */
export default defineExperiment({
  id: 'long',
  title: 'Trainings one after the other',
  source: 'none',
  statement: 'They end in the same bits, whether they are killed or not.',
  parameters: z.object({ steps: z.int().min(1).default(15000).describe('training steps') }),
  presets: { quick: {}, paper: {} },
  seconds: { quick: 5, paper: 5 },
  run: async ({ parameters: { steps }, seed, training }) => {
    const x = Array.from({ length: 64 }, (_, i) => [i / 32 - 1]);
    const y = x.map(([t]) => [Math.sin(5 * t!)]);
    const spec = mlp({ input: 1, hidden: [96, 96], output: 1, activation: 'tanh' });
    const model = createModel(spec, { seed });
    const options = { x, y, loss: 'mse', batchSize: 20, steps, record: { log: 40 } } as const;
    const adam = { type: 'adam', learningRate: 1e-3 } as const;
    const probes = {
      outputs: { type: 'outputs', points: x },
      rank: { type: 'rank', parameter: 'layers.2.weight', change: true },
    } as const;
    const onProgress = training('first', steps);
    const first = await model.train({ ...options, optimizer: adam, probes, onProgress });
    const second = await model.train({
      ...options,
      optimizer: { type: 'sgd', learningRate: 0.01 },
      resume: { step: 0, moments: [] },
    });
    const runs = await trainMany([{ seed: 1 }, { seed: 2, steps: Math.ceil(steps / 8) }], {
      ...options,
      spec,
      optimizer: adam,
      probes,
    });
    const list = (values: number[]) => ({ data: Float64Array.from(values), shape: [values.length] });
    return {
      arrays: {
        steps: list(first.steps),
        loss: list(first.loss),
        outputs: first.probes.outputs.values,
        rank: first.probes.rank.effectiveRank,
        second: list(second.loss),
        ...model.parameters(),
        ...Object.fromEntries(runs.map(({ history }, i) => [`run${i}`, list(history.loss)])),
        ...Object.fromEntries(runs.map(({ history }, i) => [`rank${i}`, history.probes.rank.effectiveRank])),
        ...Object.fromEntries(runs.map(({ parameters }, i) => [`weight${i}`, parameters['layers.2.weight']!])),
      },
    };
  },
});
