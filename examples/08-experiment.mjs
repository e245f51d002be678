// An experiment of one's own: parameters, a claim, a figure, a run folder with a page.
import { atMost, createModel, defineExperiment, lineFigure, mlp, periodicGrid, runToFolder, sample } from 'fprinciple';
import { z } from 'zod';

const tone = defineExperiment({
  id: 'one-tone',
  title: 'One tone is learnt',
  source: 'examples/08-experiment.mjs',
  parameters: z.object({ steps: z.int().min(1).default(1500).describe('training steps') }),
  presets: { quick: {}, paper: {} },
  async run({ parameters: { steps }, seed, signal }) {
    const x = periodicGrid(100);
    const y = sample(x, (v) => Math.sin(2 * v));
    const model = createModel(mlp({ input: 1, hidden: [60], output: 1, activation: 'tanh' }), { seed });
    const optimizer = { type: 'adam', learningRate: 5e-3 };
    const history = await model.train({ x, y, loss: 'mse', optimizer, steps, record: { log: 40 }, signal });
    return {
      metrics: { loss: history.loss.at(-1) },
      claims: [
        atMost(0.01, {
          id: 'learnt',
          statement: 'The loss ends below 0.01.',
          source: 'here',
          measured: history.loss.at(-1),
        }),
      ],
      figures: [
        lineFigure({
          id: 'loss',
          title: 'Loss',
          caption: 'Loss by step.',
          x: { title: 'step', log: true },
          y: { title: 'loss', log: true },
          lines: [{ name: 'loss', x: history.steps, y: history.loss }],
        }),
      ],
    };
  },
});

const { folder, record } = await runToFolder(tone, { seed: 1 });
for (const { id, pass } of record.claims) console.log('claim', id, pass ? 'holds' : 'fails');
console.log('page:', `${folder}/report.html`);
