/** A sweep as plain JSON: what is run, over which parameters, with which seeds. */
import { z } from 'zod';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { requireObject } from '../../core/options.js';
import { presetNames } from '../../experiment/define.js';
import { parseValue, refuseCircles, unknownNames } from '../../experiment/parameters.js';
import { parseRange } from './ranges.js';

const values = z.array(z.unknown()).min(1, 'expected a list of at least one value');

/** `1e-4..1e-1 log 7` in place of the list of its values. */
const range = z.string().transform((text, { issues }) => {
  try {
    const found = parseRange(text, 'range');
    if (found) return found;
    issues.push({ code: 'custom', message: `${rangeForms}; got ${JSON.stringify(text)}`, input: text });
  } catch (cause) {
    issues.push({ code: 'custom', message: (cause as Error).message.replace(/^range: /, ''), input: text });
  }
  return z.NEVER;
});
const rangeForms = 'expected a list, or a range such as 0:10, 1..5 or 1e-4..1e-1 log 7';
const axes = z.record(
  z.string().min(1),
  z.union([values, range.describe('a range: 0:10, 0:10:2, 1..5 linear 9, 1e-4..1e-1 log 7')], {
    error: ({ errors = [] }) => errors.flat().find(({ code }) => code === 'custom')?.message ?? rangeForms,
  }),
);
const some = (noun: string) => [(all: object) => Object.keys(all).length > 0, `expected at least one ${noun}`] as const;

const drawForms =
  'expected { uniform: [low, high] }, { logUniform: [low, high] }, { integer: [low, high] } or { choice: [...] }';

/** Where a random or Sobol number becomes a parameter's value. */
const draw = z.union(
  [
    z.strictObject({ uniform: z.tuple([z.number(), z.number()]) }).describe('a number from the first to the second'),
    z
      .strictObject({ logUniform: z.tuple([z.number().positive(), z.number().positive()]) })
      .describe('a positive number, its logarithm uniform'),
    z.strictObject({ integer: z.tuple([z.int(), z.int()]) }).describe('an integer, both ends included'),
    z.strictObject({ choice: values }).describe('one of the list'),
  ],
  { error: drawForms },
);

export type Draw = z.output<typeof draw>;

const comparable = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.unknown())]);

const condition = z
  .strictObject({
    parameter: z.string().min(1),
    is: z.enum(['=', '!=', '<', '<=', '>', '>=']),
    value: comparable.exactOptional(),
    than: z.string().min(1).exactOptional().describe('another parameter, in place of a value'),
  })
  .refine((c) => (c.value === undefined) !== (c.than === undefined), 'expected either `value` or `than`');

export type Condition = z.output<typeof condition>;

const sampling = {
  count: z.int().min(1).max(1_000_000),
  parameters: z.record(z.string().min(1), draw).refine(...some('parameter')),
};

const halving = z.strictObject({
  metric: z.string().min(1).exactOptional().describe('what configurations are judged by; of `training`: loss'),
  max: z.boolean().default(false).describe('whether larger is better'),
  factor: z
    .int()
    .min(2)
    .max(100)
    .exactOptional()
    .describe(
      'each rung has so many times fewer configurations and more steps; default 2 where trainings go on from where they were paused, else 3',
    ),
  rungs: z
    .int()
    .min(2)
    .max(10)
    .exactOptional()
    .describe('budgets, the last of them the whole; default 4 where the factor is 2, else 3'),
  over: z
    .string()
    .min(1)
    .exactOptional()
    .describe(
      'the parameter that a rung has less of; of `training` its budget, which goes on where it was paused; else steps',
    ),
});

/** Successive halving: see `plan/halving`. */
export type Halving = z.output<typeof halving>;

const seedForms = 'expected a list of whole numbers, or first..last such as 0..9';

export const sweepSchema = z
  .strictObject({
    $schema: z.string().exactOptional().describe('schema/sweep.json, for editors'),
    experiment: z.string().default('training').describe('an id, a file (./mine.ts), or `training`: one described here'),
    preset: z.enum(presetNames as ['quick', 'paper']).default('quick'),
    parameters: z.record(z.string(), z.unknown()).default({}).describe('what every run has in common'),
    grid: axes.default({}).describe('path to values: every combination'),
    zip: z
      .array(axes.refine(...some('list')))
      .default([])
      .describe('lists of equal length that advance together, each an axis of the grid'),
    random: z
      .strictObject({ ...sampling, seed: z.int().nonnegative().default(0) })
      .exactOptional()
      .describe('independent draws; a larger count keeps the earlier ones'),
    sobol: z.strictObject(sampling).exactOptional().describe("points of Sobol's sequence, evenly spread"),
    when: z
      .array(z.strictObject({ if: condition, grid: axes.refine(...some('list')) }))
      .default([])
      .describe('axes that only some runs have: momentum where the optimizer is sgd'),
    where: z.array(condition).default([]).describe('runs that meet every condition are kept'),
    halving: halving.exactOptional().describe('gives up early what does worst, in place of the whole grid'),
    seeds: z
      .union([z.array(z.int().nonnegative()).min(1), z.string().regex(/^\d+(\.\.\d+)?$/, seedForms)], {
        error: seedForms,
      })
      .default([0])
      .describe('a list, or first..last'),
  })
  .describe('A sweep of fprinciple');

/** What a user writes. */
export type SweepDescription = z.input<typeof sweepSchema>;
/** With every default filled in. */
export type Sweep = z.output<typeof sweepSchema>;

/** The JSON Schema (2020-12) of {@link SweepDescription}; in the package: `schema/sweep.json`. */
export const sweepJsonSchema = (): Record<string, unknown> => z.toJSONSchema(sweepSchema, { io: 'input' });

/** The description, checked. @throws FprincipleError `INVALID_ARGUMENT` naming the field. */
export function checkSweep(given: unknown): Sweep {
  const description = requireObject(given, 'sweep');
  refuseCircles(description, 'sweep');
  refuseProto(description, []);
  const parsed = sweepSchema.safeParse(description);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return unknownNames(sweepJsonSchema(), path, undefined, issue.keys, 'field');
    }
    return `${path.join('.') || 'sweep'}: ${issue.message}`;
  });
  throw new FprincipleError('INVALID_ARGUMENT', `invalid sweep: ${lines.join('; ')}`, { cause: parsed.error });
}

/** A parameter cannot be called `__proto__`: the schema's own reading would leave it out without a word. */
function refuseProto(value: unknown, path: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, key];
    if (key.split('.').includes('__proto__'))
      throw invalidArgument(`sweep: there is no ${JSON.stringify(here.join('.'))}`);
    refuseProto(inner, here);
  }
}

/** `0..9`, `7` or a list, as a list without repetitions. */
export function seedList(seeds: Sweep['seeds']): number[] {
  if (typeof seeds !== 'string') return [...new Set(seeds)];
  const [first = 0, last = first] = seeds.split('..').map(Number);
  if (!Number.isSafeInteger(last) || last < first || last - first >= 1_000_000) {
    throw invalidArgument(`seeds: expected first..last, at most a million of them, got ${seeds}`);
  }
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** One condition of the command line: `width<=100`, `optimizer.type=adam`, `width>depth` (another parameter). */
export function parseCondition(text: string, isParameter: (path: string) => boolean): Condition {
  const match = /^\s*([\w.]+)\s*(<=|>=|!=|=|<|>)\s*(.+?)\s*$/.exec(text);
  if (!match) throw invalidArgument(`--where: expected a condition such as width<=100, got ${JSON.stringify(text)}`);
  const [, parameter, is, right] = match as unknown as [string, string, Condition['is'], string];
  if (isParameter(right)) return { parameter, is, than: right };
  return { parameter, is, value: parseValue(right) as Exclude<Condition['value'], undefined> };
}
