import { z } from 'zod';
import { atMost, defineExperiment, heatmapFigure, increasing, lineFigure, picturesFigure } from '../../src/index.js';

/** Text that would break out of a page that does not escape it. */
export const hostile = `</script><img src=x onerror="window.hacked=1"> & "quotes" 'too' <b>`;

/** A small experiment with everything an outcome can hold; it trains nothing. */
export const filling = defineExperiment({
  id: 'filling',
  title: `A sum fills ${hostile}`,
  source: hostile,
  statement: `Sines are added from low to high. ${hostile}`,
  parameters: z.object({
    records: z.int().min(2).default(8).describe('recorded steps'),
    note: z.string().default(hostile).describe('a text'),
    pause: z.number().min(0).default(0).describe('milliseconds a record'),
    fail: z.boolean().default(false).describe('reject in the middle'),
  }),
  presets: { quick: {}, paper: { records: 20 } },
  seconds: { quick: 1, paper: 2 },
  run: async ({ parameters, training, throwIfAborted }) => {
    const { records, pause } = parameters;
    const n = 64;
    const x = Array.from({ length: n }, (_, i) => -Math.PI + (i * 2 * Math.PI) / (n - 1));
    const steps = Array.from({ length: records }, (_, r) => 2 ** r);
    const y = new Float64Array(records * n);
    const amplitude = new Float64Array(3 * records);
    const frames = new Float32Array(records * 16);
    const onProgress = training('filling', records);
    for (let r = 0; r < records; r++) {
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      throwIfAborted();
      if (parameters.fail && r === 1) throw new Error('the experiment failed');
      for (let k = 1; k <= 3; k++) {
        const a = 1 - Math.exp(-steps[r]! / 4 ** k);
        amplitude[(k - 1) * records + r] = a;
        for (let i = 0; i < n; i++) y[r * n + i]! += a * Math.sin(k * x[i]!);
      }
      frames.fill(r / records, r * 16, (r + 1) * 16);
      onProgress({ done: r + 1, value: 1 / (r + 1) });
    }
    const target = x.map((v) => Math.sin(v) + Math.sin(2 * v) + Math.sin(3 * v));
    const at = (level: number) =>
      [1, 2, 3].map((k) => steps.find((_, r) => amplitude[(k - 1) * records + r]! > level) ?? null);
    return {
      metrics: { last: y[(records - 1) * n + 8]!, nothing: null },
      tables: [
        {
          id: 'steps',
          title: hostile,
          columns: { step: steps, 'note, "quoted"': steps.map(() => hostile), empty: steps.map(() => null) },
        },
      ],
      claims: [
        increasing({
          id: 'order',
          statement: `Low first. ${hostile}`,
          source: hostile,
          measured: at(0.5),
          labels: ['k = 1', 'k = 2', 'k = 3'],
          unit: 'steps',
        }),
        atMost(0.5, { id: 'failing', statement: 'This one does not hold.', source: 'test', measured: 1 }),
      ],
      figures: [
        lineFigure({
          id: 'sum',
          title: hostile,
          caption: hostile,
          x: { title: 'x' },
          y: { title: 'f(x)' },
          lines: [
            { name: hostile, x, y: target, mark: 'points' },
            { name: 'last', x, y: y.subarray((records - 1) * n) },
          ],
        }),
        heatmapFigure({
          id: 'amplitudes',
          title: 'Amplitudes',
          caption: 'Rows are frequencies.',
          values: { data: amplitude, shape: [3, records] },
          x: { title: 'step', log: true, at: steps },
          y: { title: 'k', at: [1, 2, 3] },
          color: { title: 'amplitude', range: [0, 1] },
        }),
        picturesFigure({
          id: 'frames',
          title: 'Frames',
          caption: 'Gray.',
          pictures: [{ label: 'last', image: { data: frames.subarray(-16), shape: [4, 4] } }],
        }),
      ],
      arrays: { y: { data: y, shape: [records, n] }, frames: { data: frames, shape: [records, 4, 4] } },
      playback: {
        steps,
        loss: steps.map((s) => 1 / s),
        panels: [
          {
            kind: 'curve',
            title: hostile,
            x,
            xLabel: 'x',
            yLabel: 'f(x)',
            series: [
              { name: 'target', y: target },
              { name: 'network', y: { data: y, shape: [records, n] } },
            ],
          },
          { kind: 'image', title: 'Image', frames: { data: frames, shape: [records, 4, 4] } },
        ],
      },
    };
  },
});

export default filling;
