/** A recorded training as an experiment, so that its measurement is a run like any other. */
import { z } from 'zod';
import { defineExperiment } from '../experiment/define.js';
import { measured } from './measure.js';
import { measureClaims, outcomeOf } from './outcome.js';
import { readRecording } from './read.js';

const parameters = z.object({
  file: z.string().describe('the recording: .npz, .csv, a folder of .npy, or the folder of a recorder'),
  level: z.number().positive().default(0.1).describe('relative error at which a frequency counts as learnt'),
  frequencies: z
    .array(z.union([z.number(), z.array(z.number())]))
    .min(1)
    .exactOptional()
    .describe('to be followed, in cycles per unit; default: those of the file, or that carry the target'),
  deltas: z
    .array(z.number().positive())
    .exactOptional()
    .describe('variances of the Gaussian filter; default: between the frequencies'),
  claims: z.array(z.enum(measureClaims)).default([]).describe('what is to be claimed'),
});

/** Measures a recording: what `fprinciple measure` runs. */
export const measureExperiment = defineExperiment({
  id: 'measure',
  title: 'A training from anywhere, measured',
  source: 'your own',
  statement:
    'What a network gave on fixed points while it was trained: the relative error of every frequency that carries the target, ' +
    'step by step, and when each was learnt.',
  formula: 'E(k) = |ĥ(k) − f̂(k)| / |f̂(k)|',
  parameters: parameters.extend({ file: parameters.shape.file.default('run.npz') }),
  presets: { quick: {}, paper: {} },
  async run({ parameters: p, signal, progress }) {
    progress({ phase: `reading ${p.file}` });
    const { recording, ignored } = await readRecording(p.file);
    const own = p.frequencies && {
      data: Float64Array.from(p.frequencies.flat()),
      shape: [p.frequencies.length, Array.isArray(p.frequencies[0]) ? p.frequencies[0].length : 1],
    };
    const followed = own ? { ...recording, frequencies: own } : recording;
    const found = await measured(followed, {
      level: p.level,
      deltas: p.deltas,
      direction: undefined,
      signal,
      onProgress: ({ done, total }) => progress({ phase: 'measuring', step: done, steps: total }),
    });
    if (ignored.length > 0) found.notes.push(`Arrays that are no part of a recording: ${ignored.join(', ')}.`);
    return outcomeOf(found, followed, p.claims);
  },
});
