/**
 * How much of a metric's variation over a grid a parameter explains: the first-order index of functional ANOVA,
 * `V_i / V` with `V_i = Var(E[y | x_i])`, over the runs that are there, and the share that the seeds explain
 * (`E[Var(y | x)] / V`). What is missing to 1 are interactions.
 *
 * On a full grid, where every value of a parameter meets all others equally often, these are exact; elsewhere (random draws,
 * halving, lost runs) parameters are not independent, and nothing is said. y is the rank of a run among all, from 0 for the
 * smallest: a loss ranges over decades, and one that diverged has no number but a place, the last.
 *
 * Source: Hutter, Hoos and Leyton-Brown 2014 (An efficient approach for assessing hyperparameter importance, ICML), which
 * fits a forest first; on a full grid the marginals are means and need none. Sobol' 1993 for the indices.
 */
import { checkMetrics, endedRuns, groupRuns, type Results, variedParameters } from '../plan/groups.js';

export interface Importance {
  metric: string;
  /** Of each parameter that varies, largest first: the share of the variance that it explains alone. */
  parameters: { path: string; share: number }[];
  /** What the seeds explain, and what is left: parameters together. */
  seeds: number;
  interactions: number;
}

/** `undefined` where the runs are no full grid, or all are equal. @throws `INVALID_ARGUMENT` for a metric that no run has */
export function importance(all: Results, metric: string, max = false): Importance | undefined {
  checkMetrics(all, [metric]);
  const paths = variedParameters(all);
  const cells = groupRuns(all, paths);
  const ended = endedRuns(all);
  const seeds = cells[0]?.runs.length ?? 0;
  const sizes = paths.map((path) => groupRuns(all, [path]).length);
  const full = cells.length === sizes.reduce((product, size) => product * size, 1);
  if (paths.length === 0 || !full || cells.some(({ runs }) => runs.length !== seeds)) return undefined;
  const values = ended.map(({ result }) => {
    const value = result?.status === 'completed' ? result.metrics[metric] : null;
    return typeof value === 'number' ? value : max ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  });
  const places = ranks(values);
  const rank = new Map(ended.map(({ run }, i) => [run.id, places[i] ?? 0]));
  const total = variance([...rank.values()]);
  if (!(total > 0)) return undefined;
  const meanOf = (group: (typeof cells)[number]): number => mean(group.runs.map(({ run }) => rank.get(run.id) ?? 0));
  const between = (by: readonly string[]): number => variance(groupRuns(all, by).map(meanOf)) / total;
  const parameters = paths.map((path) => ({ path, share: between([path]) })).sort((a, b) => b.share - a.share);
  const explained = between(paths);
  const alone = parameters.reduce((sum, { share }) => sum + share, 0);
  // Rounding may leave less than nothing.
  return { metric, parameters, seeds: Math.max(0, 1 - explained), interactions: Math.max(0, explained - alone) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((v) => (v - middle) ** 2));
}

/** From 0; equal values share the mean of their places. */
function ranks(values: readonly number[]): number[] {
  const sorted = [...values.keys()].sort((a, b) => (values[a] === values[b] ? 0 : values[a]! < values[b]! ? -1 : 1));
  const found = new Array<number>(values.length).fill(0);
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (end < sorted.length && values[sorted[end]!] === values[sorted[i]!]) end++;
    for (let k = i; k < end; k++) found[sorted[k]!] = (i + end - 1) / 2;
    i = end;
  }
  return found;
}
