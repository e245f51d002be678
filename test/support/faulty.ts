import { z } from 'zod';
import { atMost, defineExperiment, type Outcome } from '../../src/index.js';

/** A figure by hand: `lineFigure` refuses such titles itself. */
const figure = (id: string, title = 'x') => ({
  id,
  title: 'Figure',
  caption: '',
  spec: {
    data: {
      values: [
        { x: 1, y: 1 },
        { x: 2, y: 2 },
      ],
    },
    mark: 'line',
    encoding: { x: { field: 'x', type: 'quantitative', title }, y: { field: 'y', type: 'quantitative' } },
  },
});

/** An experiment of whose outcome some parts are wrong, each in its own way, and others right. */
export const outcome = {
  metrics: { right: 1, never: null, text: 'one' },
  claims: [
    atMost(1, { id: 'right', statement: 'One.', source: 'none', measured: 1 }),
    atMost(1, { id: '../claim', statement: 'One.', source: 'none', measured: 1 }),
    atMost(1, { id: 'right', statement: 'Again.', source: 'none', measured: 1 }),
    { ...atMost(1, { id: 'odd', statement: 'One.', source: 'none', measured: 1 }), mesured: 1 },
  ],
  claimz: [],
  tables: [
    { id: 'right', title: 'Right', columns: { a: [1, 2] } },
    { id: 'uneven', title: 'Uneven', columns: { a: [1, 2], b: [1] } },
  ],
  figures: [
    figure('right'),
    { id: 'mark', title: 'Mark', caption: '', spec: { data: { values: [{ a: 1 }] }, mark: 'bax', encoding: {} } },
    figure('control', 'a\u0000b'),
    figure('break', 'two\nlines'),
    figure('../outside'),
    figure('right'),
  ],
  arrays: {
    right: { data: Float64Array.of(1), shape: [1] },
    'a/b': { data: Float64Array.of(1), shape: [1] },
    short: { data: Float64Array.of(1), shape: [2] },
  },
  playback: { steps: [] },
};

export default defineExperiment({
  id: 'faulty',
  title: 'Parts of its outcome are wrong',
  source: 'none',
  parameters: z.object({}),
  presets: { quick: {}, paper: {} },
  run: () => outcome as unknown as Outcome,
});
