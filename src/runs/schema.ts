/** What the files of a run folder must be like. They may come from anybody: a page that shows them checks them first. */
import { z } from 'zod';
import { claimSchema, fileId } from '../experiment/outcome.js';
import type { RunRecord } from '../experiment/record.js';
import type { PlaybackData } from '../report/playback.js';

const file = z.string().regex(fileId, 'expected lower-case letters, digits and hyphens');

/** The fields of a claim as it was written: what was not finite is `null` in JSON. */
const claim = z.object({ ...claimSchema.shape, id: z.string() });

/** `result.json`, its format aside. */
export const recordSchema = z.object({
  id: file,
  title: z.string(),
  source: z.string(),
  statement: z.string(),
  preset: z.enum(['quick', 'paper']),
  parameters: z.record(z.string(), z.unknown()),
  seed: z.int().nonnegative(),
  versions: z.record(z.string(), z.string()),
  simd: z.string(),
  code: z.string().exactOptional(),
  machine: z.object({ platform: z.string(), processor: z.string(), cores: z.number(), memoryGiB: z.number() }),
  started: z.string(),
  seconds: z.number().nonnegative(),
  metrics: z.record(z.string(), z.number().nullable()),
  claims: z.array(claim),
  figures: z.array(z.object({ id: file, title: z.string(), caption: z.string() })),
  tables: z.array(z.object({ id: file, title: z.string() })),
  presented: z.object({ version: z.string(), code: z.string(), at: z.string() }).exactOptional(),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).exactOptional(),
}) satisfies z.ZodType<Omit<RunRecord, 'format'>>;

const numbers = z.array(z.number().nullable());
const picture = z.string().regex(/^data:image\/png;base64,[A-Za-z0-9+/=]*$/, 'expected a PNG as a data URL');

/** `data/playback.json`: lists as long as the steps they belong to. */
export const playbackSchema = z
  .object({
    steps: z.array(z.number()).min(1),
    loss: numbers.nullable(),
    panels: z.array(
      z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('curve'),
          title: z.string(),
          x: numbers,
          xLabel: z.string(),
          yLabel: z.string(),
          logX: z.boolean(),
          logY: z.boolean(),
          points: z.boolean(),
          series: z.array(z.object({ name: z.string(), y: z.array(numbers).min(1) })),
        }),
        z.object({
          kind: z.literal('image'),
          title: z.string(),
          frames: z.array(picture),
          target: picture.nullable(),
        }),
      ]),
    ),
  })
  .superRefine(({ steps, loss, panels }, context) => {
    const expectLength = (got: number, expected: number, ...path: (string | number)[]): void => {
      if (got !== expected)
        context.addIssue({ code: 'custom', message: `expected ${expected} entries, got ${got}`, path });
    };
    if (loss) expectLength(loss.length, steps.length, 'loss');
    for (const [i, panel] of panels.entries()) {
      if (panel.kind === 'image') expectLength(panel.frames.length, steps.length, 'panels', i, 'frames');
      else {
        for (const [j, { y }] of panel.series.entries()) {
          if (y.length > 1) expectLength(y.length, steps.length, 'panels', i, 'series', j, 'y');
          for (const row of y) expectLength(row.length, panel.x.length, 'panels', i, 'series', j, 'y');
        }
      }
    }
  }) satisfies z.ZodType<PlaybackData>;
