/** `fprinciple doctor --plan spec.json`: how trainings would be cut on a GPU, without having one. */
import { z } from 'zod';
import { FprincipleError } from '../core/errors.js';
import { readWhole } from '../core/files.js';
import { call } from '../core/native.js';
import { specText } from '../nets/json.js';
import { networkSpecSchema } from '../nets/spec.js';

/** What a plan depends on. A network alone stands for one training on 256 samples. */
const planSchema = z.strictObject({
  spec: networkSpecSchema,
  samples: z.int().positive().default(256),
  batchSize: z.int().positive().optional(),
  runs: z.int().positive().default(1),
  dtype: z.enum(['f32', 'f64']).default('f32'),
  memoryLimit: z.int().positive().optional(),
});

/**
 * The plan for each known card, and for the one that is here: tier, tile, bytes and predicted microseconds, a line each.
 * @throws `IO`, `INVALID_ARGUMENT` naming what is wrong in the file, `OVER_MEMORY_LIMIT`
 */
export async function cudaPlans(path: string): Promise<string[][]> {
  const text = (await readWhole(path, { what: '--plan' })).toString('utf8');
  const wrong = (reason: string, cause?: unknown) =>
    new FprincipleError('INVALID_ARGUMENT', `--plan ${path}: ${reason}`, { cause });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw wrong('expected JSON', cause);
  }
  const network = networkSpecSchema.safeParse(given);
  const parsed = planSchema.safeParse(network.success ? { spec: given } : given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(`${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  const { spec, samples, batchSize = samples, runs, dtype, memoryLimit } = parsed.data;
  if (batchSize > samples) throw wrong(`batchSize: expected an integer from 1 to ${samples}, got ${batchSize}`);
  return call((addon) => addon.cudaPlan(specText(spec), dtype, samples, batchSize, runs, memoryLimit));
}
