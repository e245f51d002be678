/** Parameters that most experiments have, each said once: name, bounds and description. */
import { z } from 'zod';
import { learntLevel } from './levels.js';

/** Parameters of an experiment by name: `z.object({ points: common.points(201), ... })`. */
export const common = {
  /** Samples of the target. */
  points: (count: number, least = 8) =>
    z.int().min(least).max(100_000).default(count).describe('samples of one period'),
  /** Widths of the hidden layers. */
  hidden: (widths: readonly number[]) =>
    z
      .array(z.int().min(1))
      .min(1)
      .default([...widths])
      .describe('widths of the hidden layers'),
  /** Standard deviation of the initial weights and biases. */
  std: (value: number) =>
    z.number().positive().default(value).describe('standard deviation of the initial weights and biases'),
  /** Learning rate; `of` names the optimiser. */
  learningRate: (rate: number, of = 'Adam, full batch') => z.number().positive().default(rate).describe(`of ${of}`),
  /** Training steps. */
  steps: (count: number) => z.int().min(1).default(count).describe('training steps'),
  /** Networks of each kind; five unless there is a reason. */
  networks: (count = 5) => z.int().min(1).max(100).default(count).describe('networks of each kind'),
  /** Recorded steps. */
  records: (count: number) =>
    z.int().min(10).max(2000).default(count).describe('recorded steps, evenly spaced in their logarithm'),
  /** Relative error that counts as learnt. */
  level: (value = learntLevel) =>
    z.number().positive().max(1).default(value).describe('relative error that counts as learnt'),
} as const;
