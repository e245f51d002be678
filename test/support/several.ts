import { z } from 'zod';
import { atMost, defineExperiment, type Outcome } from '../../src/index.js';

const make = (id: string, run: () => Outcome) =>
  defineExperiment({
    id,
    title: `It ${id}`,
    source: 'none',
    parameters: z.object({}),
    presets: { quick: {}, paper: {} },
    run,
  });
const right = atMost(1, { id: 'right', statement: 'One is at most one.', source: 'none', measured: 1 });
const wrong = atMost(1, { id: 'wrong', statement: 'Two is at most one.', source: 'none', measured: 2 });

/** Three that train nothing: what the command line does with several (a file's come in the order of their names). */
export const c = make('c-holds', () => ({ claims: [right] }));
export const b = make('b-throws', () => {
  throw new Error('something odd');
});
export const a = make('a-fails', () => ({ claims: [right, wrong] }));
