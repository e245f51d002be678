/** What `run` gives back is checked by its types too: lines that must not compile stand under `@ts-expect-error`. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { atMost, defineExperiment, type Outcome } from '../src/index.js';

const base = {
  id: 'typed',
  title: 'Typed',
  source: 'none',
  parameters: z.object({ n: z.number().default(1) }),
  presets: { quick: {}, paper: {} },
};
const claim = atMost(1, { id: 'a', statement: 'One.', source: 'none', measured: 1 });

it('takes every outcome there is, and no field that there is not', () => {
  const experiments = [
    defineExperiment({ ...base, run: () => ({ claims: [claim] }) }),
    defineExperiment({ ...base, run: (): Outcome => ({ claims: [claim] }) }),
    defineExperiment({ ...base, run: async (): Promise<Outcome> => ({ claims: [claim] }) }),
    defineExperiment({ ...base, run: () => ({}) }),
    defineExperiment({
      ...base,
      run: async ({ parameters: { n } }) => ({
        metrics: { n: n + 1 },
        playback: {
          steps: [1],
          panels: [{ kind: 'curve', title: 'c', x: [1], xLabel: 'x', yLabel: 'y', series: [] }],
        },
      }),
    }),
    defineExperiment({
      ...base,
      async run({ parameters }) {
        if (parameters.n > 1) return { claims: [claim] };
        return { metrics: { a: 1 } };
      },
    }),
    // @ts-expect-error there is no claimz
    defineExperiment({ ...base, run: () => ({ metrics: { a: 1 }, claimz: [claim] }) }),
    // @ts-expect-error there is no claimz
    defineExperiment({ ...base, run: async () => ({ metrics: { a: 1 }, claimz: [claim] }) }),
    defineExperiment({
      ...base,
      // @ts-expect-error there is no claimz
      async run({ parameters }) {
        if (parameters.n > 1) return { claims: [claim] };
        return { metrics: { a: 1 }, claimz: [] };
      },
    }),
    // @ts-expect-error a metric is a number
    defineExperiment({ ...base, run: async () => ({ metrics: { a: 'one' } }) }),
  ];
  expect(experiments).toHaveLength(10);
});
