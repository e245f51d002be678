/** A target of several tones on one period, for networks that are to learn high ones. */
import { z } from 'zod';
import { column } from '../../core/reading.js';
import type { Playback } from '../../experiment/index.js';
import { spread } from '../../experiment/index.js';
import { colors, type Figure, panelsFigure } from '../../figures/index.js';
import { period, stacked } from './arrays.js';

/** The parameter that says which tones. */
export const tonesParameter = z
  .array(z.int().min(1))
  .min(2)
  .default([1, 6, 11, 18, 26, 35])
  .describe('wave numbers of the target on [-pi, pi), amplitude 1 each');

/**
 * `sum_i sin(k_i x + i)` at so many samples of [-pi, pi) and, for what is measured, halfway between them: a network that is too
 * wide passes through the samples and oscillates between.
 */
export function tonesTarget(tones: readonly number[], points: number) {
  const at = (places: readonly number[]): number[] =>
    places.map((v) => tones.reduce((sum, k, i) => sum + Math.sin(k * v + i), 0));
  const x = period(-Math.PI, Math.PI, points);
  const between = x.map((v) => v + Math.PI / points);
  return { x, y: at(x), between, wanted: at(between) };
}

/** A network through its training. */
export interface ToneFit {
  /** The kind of network. */
  name: string;
  steps: readonly number[];
  /** Values where the target is measured, at each record. */
  outputs: readonly ArrayLike<number>[];
  /** Relative error of every tone, at each record. */
  errors: readonly ArrayLike<number>[];
}

/** Networks by their kind. */
export function byKind(fits: readonly ToneFit[], tones: readonly number[]) {
  const of = (name: string): ToneFit[] => fits.filter((fit) => fit.name === name);
  /** For every network of a kind its error on each tone at the end. */
  const ends = (name: string): number[][] => of(name).map(({ errors }) => Array.from(errors.at(-1) ?? []));
  return {
    names: [...new Set(fits.map(({ name }) => name))],
    of,
    ends,
    /** Error of each tone at the end, median over the networks of a kind. */
    median: (name: string): number[] => tones.map((_, i) => spread(column(stacked(ends(name)), i)).median),
    /** Error of the highest tone at the end. */
    highest: (name: string): number[] => Array.from(column(stacked(ends(name)), tones.length - 1)),
    /** Of the worst tone at the end, median over the networks. */
    worst: (name: string): number => spread(ends(name).map((end) => Math.max(...end))).median,
  };
}

/** Outputs and errors of one network of each kind, as figures and as a playback. */
export function toneViews(options: {
  x: readonly number[];
  target: readonly number[];
  tones: readonly number[];
  drawn: readonly ToneFit[];
  /** Of the training. */
  steps: number;
  captions: { outputs: string; errors: string };
}): { figures: Figure[]; playback: Playback } {
  const { x, target, tones, drawn, steps, captions } = options;
  const outputs = panelsFigure({
    id: 'outputs',
    title: `Outputs after ${steps} steps`,
    caption: captions.outputs,
    panels: drawn.map(({ name, outputs }) => ({
      title: name,
      x: { title: 'x', domain: [-1, 1] as const },
      y: { title: 'output' },
      lines: [
        { name: 'target', x, y: target, color: colors.target },
        { name: 'output', x, y: outputs.at(-1) ?? [], color: colors.output, dash: [4, 2] },
      ],
    })),
  });
  const errors = panelsFigure({
    id: 'errors',
    title: 'Relative error of each tone by step',
    caption: captions.errors,
    panels: drawn.map(({ name, steps, errors }) => ({
      title: name,
      x: { title: 'step', log: true },
      y: { title: 'relative error', log: true },
      lines: tones.map((k, i) => ({
        name: `k = ${k}`,
        x: steps.map((step) => step + 1),
        y: column(stacked(errors), i),
      })),
    })),
  });
  const series = drawn.map(({ name, outputs }) => ({ name, y: stacked(outputs) }));
  const panel = { kind: 'curve', title: 'Outputs', x, xLabel: 'x', yLabel: 'output' } as const;
  return {
    figures: [outputs, errors],
    playback: {
      steps: drawn[0]?.steps ?? [],
      panels: [{ ...panel, series: [{ name: 'target', y: target }, ...series] }],
    },
  };
}
