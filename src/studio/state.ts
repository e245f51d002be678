/**
 * What a page of the studio is: one plain object, from which everything on it follows to the bit, and which its link holds.
 */
import { z } from 'zod';
import { activationNames } from '../nets/activation.js';

/** Points of a drawn target, over one period. */
export const DRAWN_POINTS = 64;
/** Numbers that a target of one's own may have, so that a link can hold them. */
export const MOST_OWN = 4096;

const number = z.number();
const own = z.array(number).min(4).max(MOST_OWN);

/**
 * What is to be learnt. One input: a function on [-pi, pi), of which the network sees t = x / pi. Two inputs: a picture, of
 * which it sees the pixels' places in [-1, 1)^2.
 */
export const targetSchema = z.discriminatedUnion('kind', [
  /** A formula of x. */
  z.strictObject({ kind: z.literal('formula'), text: z.string().min(1).max(500) }),
  /** Values at equispaced points from -pi, straight lines between them. */
  z.strictObject({ kind: z.literal('drawn'), values: z.array(number).length(DRAWN_POINTS) }),
  /** Values at equispaced points over the period, of a file of one's own. */
  z.strictObject({ kind: z.literal('signal'), name: z.string().max(200), values: own }),
  /** Brightness, row by row. */
  z.strictObject({ kind: z.literal('picture'), name: z.string().max(200), width: z.int().min(4).max(64), values: own }),
]);

const sideSchema = z.strictObject({
  hidden: z.array(z.int().min(1).max(2048)).max(8),
  activation: z.enum(activationNames),
  /** Of the activation: omega of `sin` and `cos`, a of `gaussian` and `ricker`, slope, alpha or max of the others. */
  parameter: z.number().optional(),
  /** Random Fourier features: how many, and the standard deviation of their frequency in cycles over the interval. */
  features: z.strictObject({ count: z.int().min(1).max(1024), sigma: z.number().min(0).max(200) }).optional(),
  parameterization: z.enum(['standard', 'ntk']),
  /** Standard deviation of the initial weights times sqrt(fan in); left out: PyTorch's rule (SIREN's for `sin`). */
  scale: z.number().min(0).max(100).optional(),
  optimizer: z.enum(['sgd', 'momentum', 'adam', 'muon']),
  learningRate: z.number().positive().max(1000),
  /** Samples of a step; 0: all. */
  batchSize: z.int().min(0).max(MOST_OWN),
});

export const stateSchema = z.strictObject({
  version: z.literal(1),
  /** `fit`: the samples themselves; `poisson`: the equation -u'' = f, whose solution is the target. */
  task: z.enum(['fit', 'poisson']),
  target: targetSchema,
  samples: z.strictObject({
    count: z.int().min(2).max(MOST_OWN),
    noise: z.number().min(0).max(10),
    spacing: z.enum(['even', 'random']),
  }),
  /** Steps of the whole training. */
  steps: z.int().min(1).max(1_000_000),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  dtype: z.enum(['f32', 'f64']),
  a: sideSchema,
  /** The other one of a comparison. */
  b: sideSchema.optional(),
});

export type Target = z.infer<typeof targetSchema>;
export type Side = z.infer<typeof sideSchema>;
export type StudioState = z.infer<typeof stateSchema>;
/** Which of the two networks. */
export type SideName = 'a' | 'b';

/** The first page: low frequencies are learnt first. */
export const defaultState: StudioState = {
  version: 1,
  task: 'fit',
  target: { kind: 'formula', text: 'sin(x) + sin(5*x)' },
  samples: { count: 200, noise: 0, spacing: 'even' },
  steps: 20_000,
  seed: 1,
  dtype: 'f32',
  a: {
    hidden: [64, 64],
    activation: 'tanh',
    parameterization: 'standard',
    optimizer: 'adam',
    learningRate: 0.001,
    batchSize: 0,
  },
};

/** The state in a link, behind `#`: JSON as base64url. */
export function encodeState(state: StudioState): string {
  const bytes = new TextEncoder().encode(JSON.stringify(stateSchema.parse(state)));
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The state of a link; an error's message says which field is wrong. */
export function decodeState(text: string): StudioState {
  let json: unknown;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Error('this link holds no state of the studio', { cause });
  }
  return checkState(json);
}

/** @throws `Error` that names the first wrong field */
export function checkState(json: unknown): StudioState {
  const read = stateSchema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(`${issue?.path.join('.') || 'state'}: ${issue?.message}`);
}
