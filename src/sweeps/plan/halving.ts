/**
 * Successive halving: every configuration gets a small budget, the best share of them a larger one, and so on; the last
 * rung has the whole budget.
 *
 * With `factor` f and K rungs, rung k (from 0) has the budget `b f^(k - K + 1)` of a run's own whole budget b, and
 * `max(1, floor(n / f))` of the n configurations of the rung before. A configuration is a point with all its seeds, and is
 * judged by the median over them, lost runs counted as the worst; of equal ones the earlier in the plan goes first.
 *
 * Source: Jamieson and Talwalkar 2016 (arXiv:1502.07943), synchronous. ASHA (Li et al. 2020, arXiv:1810.05934) promotes
 * whatever is best at the moment, so that its decisions depend on which run ended first. Here a configuration goes on as
 * soon as nothing outstanding can keep it from it: the decisions are a function of the results alone, on any number of
 * machines and after any accident, and lanes still begin a rung before the one below it has ended.
 *
 * The cost in shares of the whole grid, n large: `f^(1-K) (1 + (K - 1)(1 - 1/f))` where trainings go on from where they were
 * paused, `K f^(1-K)` where each rung begins anew. The defaults take about a third either way: f = 2, K = 4 (0.31) and
 * f = K = 3 (0.33). The first keeps more at every rung and ends with more (1/8 of the grid), which is what late bloomers need:
 * with f = K = 3 (0.26) a SIREN's best configuration was given up in one of three seeds (bench/halving.ts).
 */
import { invalidArgument } from '../../core/errors.js';
import { layerAt, mergeParameters } from '../../experiment/parameters.js';
import type { Failure, SweepResult } from '../folder/store.js';
import type { Halving, Sweep } from './describe.js';
import { type EndedRun, spreadOf } from './groups.js';
import { type Engine, hasParameter, type PlannedRun, resolveRun, thisEngine, valueAt } from './plan.js';
import type { Subject } from './subject.js';
import { training } from './training.js';

/** With the defaults filled in. */
export type CompleteHalving = Required<Halving>;

/** @throws `INVALID_ARGUMENT` where there is no metric to judge by, or no parameter that a run's cost grows with */
export function completeHalving(halving: Halving, { experiment }: Subject): CompleteHalving {
  const metric = halving.metric ?? (experiment === training ? 'loss' : undefined);
  if (metric === undefined) {
    throw invalidArgument(`halving.metric: expected a metric of ${experiment.id} to judge its runs by, got none`);
  }
  const over = halving.over ?? (experiment === training ? 'budget' : 'steps');
  if (!hasParameter(experiment, over)) {
    throw invalidArgument(
      `halving.over: ${experiment.id} has no parameter ${JSON.stringify(over)}; expected the one that a run's cost grows with`,
    );
  }
  const factor = halving.factor ?? (over === 'budget' ? 2 : 3);
  return { ...halving, metric, over, factor, rungs: halving.rungs ?? (factor === 2 ? 4 : 3) };
}

/** A configuration: the runs of a point, one a seed, with their whole budget. */
interface Configuration {
  /** Its place in the plan. */
  place: number;
  whole: PlannedRun[];
  /** Of each rung. */
  budgets: number[];
}

/** A configuration on a rung. */
interface Entry {
  configuration: Configuration;
  runs: PlannedRun[];
  ended: Map<string, EndedRun>;
  /** What it is judged by once all its runs have ended; smaller is better, infinite where most are lost. */
  value: number | undefined;
  promoted: boolean;
}

/** A rung as far as it is known. */
export interface RungState {
  /** The share of the whole budget. */
  share: number;
  /** How many configurations it will have, where none is lost. */
  size: number;
  /** Of each configuration here: its point, the median of the metric, and whether it goes on. */
  configurations: { point: PlannedRun['point']; median: number | null; promoted: boolean }[];
}

/** What the end of a run brings. */
export interface Step {
  /** Runs that may begin now. */
  begin: PlannedRun[];
  /** Runs whose paused trainings nobody will go on with. */
  forget: string[];
}

/** What is known of a sweep with halving, and what follows from it. */
export class Ladder {
  readonly #halving: CompleteHalving;
  readonly #rungs: Map<Configuration, Entry>[];
  readonly #sizes: number[];
  readonly #places = new Map<string, { rung: number; entry: Entry }>();
  readonly #resolve: (settings: unknown, seed: number) => { id: string; parameters: Record<string, unknown> };

  /**
   * @param runs the whole grid
   * @throws `INVALID_ARGUMENT` where the budget is no number of the experiment's
   */
  constructor(runs: readonly PlannedRun[], sweep: Sweep, halving: CompleteHalving, subject: Subject, engine?: Engine) {
    this.#halving = halving;
    this.#resolve = (settings, seed) => resolveRun(subject, sweep.preset, settings, seed, engine ?? thisEngine());
    const clash = runs.find(({ point }) => Object.hasOwn(point, 'budget') && subject.experiment === training);
    if (clash) throw invalidArgument('halving: the budget is its own; sweep `steps` or leave the halving out');
    const configurations = new Map<unknown, Configuration>();
    for (const run of runs) {
      const known = configurations.get(run.point);
      if (known) known.whole.push(run);
      else {
        const budgets = this.#budgets(run);
        configurations.set(run.point, { place: configurations.size, whole: [run], budgets });
      }
    }
    this.#rungs = Array.from({ length: halving.rungs }, () => new Map());
    this.#sizes = [configurations.size];
    while (this.#sizes.length < halving.rungs) {
      this.#sizes.push(Math.max(1, Math.floor((this.#sizes.at(-1) ?? 1) / halving.factor)));
    }
    for (const configuration of configurations.values()) this.#enter(configuration, 0);
  }

  /** Runs of the first rung. */
  get first(): PlannedRun[] {
    return [...(this.#rungs[0]?.values() ?? [])].flatMap(({ runs }) => runs);
  }

  /** How many runs there will be, where no configuration is lost. */
  get total(): number {
    const seeds = [...(this.#rungs[0]?.values() ?? [])].map(({ runs }) => runs.length);
    const most = Math.max(...seeds);
    return this.#sizes.reduce((sum, size, k) => sum + (k === 0 ? seeds.reduce((a, b) => a + b, 0) : size * most), 0);
  }

  /** What all rungs cost, in runs of the first. */
  get firsts(): number {
    const seeds = this.first.length / (this.#sizes[0] ?? 1);
    return this.#sizes.reduce((sum, size, rung) => sum + size * seeds * this.cost({ rung }), 0);
  }

  /** What a run costs, in runs of the first rung: one that goes on what it has more. */
  cost({ rung = 0 }: Pick<PlannedRun, 'rung'>): number {
    const before = this.#halving.over === 'budget' && rung > 0 ? this.#share(rung - 1) : 0;
    return (this.#share(rung) - before) / this.#share(0);
  }

  /** A run has ended; without a result it failed. Of a run that is none of the ladder's, or has ended before: nothing. */
  settle(run: PlannedRun, end: { result: SweepResult } | { failure: Failure }): Step {
    const place = this.#places.get(run.id);
    if (!place || place.entry.ended.has(run.id)) return { begin: [], forget: [] };
    const { rung, entry } = place;
    entry.ended.set(run.id, 'result' in end ? { run, result: end.result } : { run });
    const forget = run.from === undefined ? [] : [run.from];
    if (entry.ended.size < entry.runs.length) return { begin: [], forget };
    entry.value = this.#judge(entry);
    const step = this.#promote(rung);
    return { begin: step.begin, forget: [...forget, ...step.forget] };
  }

  /** Every rung as it stands. */
  state(): RungState[] {
    const sign = this.#halving.max ? -1 : 1;
    return this.#rungs.map((entries, k) => ({
      share: this.#share(k),
      size: this.#sizes[k] ?? 0,
      configurations: [...entries.values()]
        .sort((a, b) => order(a, b))
        .map(({ configuration, value, promoted }) => ({
          point: configuration.whole[0]?.point ?? {},
          median: value !== undefined && Number.isFinite(value) ? sign * value : null,
          promoted,
        })),
    }));
  }

  #share(rung: number): number {
    return this.#halving.factor ** (rung + 1 - this.#halving.rungs);
  }

  #judge({ runs, ended }: Entry): number {
    const { metric, max } = this.#halving;
    const all = runs.flatMap((run) => ended.get(run.id) ?? []);
    const { count, median } = spreadOf({ key: [], runs: all }, metric, { max });
    // None of them measures it: a name that does not exist, or whose measure was never taken.
    return count === 0 ? Number.POSITIVE_INFINITY : max ? -median : median;
  }

  /** Lets those go on that nothing outstanding can overtake. */
  #promote(rung: number): Step {
    const entries = [...(this.#rungs[rung]?.values() ?? [])];
    const quota = this.#sizes[rung + 1];
    if (quota === undefined) return { begin: [], forget: [] };
    const known = entries.filter(({ value }) => value !== undefined).sort(order);
    // Whoever may still come to this rung, or is on it, may be better than all that have ended.
    const pending = rung === 0 ? entries.length - known.length : (this.#expected(rung) ?? 0) - known.length;
    const begin: PlannedRun[] = [];
    for (const entry of known.slice(0, Math.max(0, quota - pending))) {
      if (entry.promoted || entry.value === Number.POSITIVE_INFINITY) continue;
      entry.promoted = true;
      begin.push(...this.#enter(entry.configuration, rung + 1));
    }
    if (pending > 0) return { begin, forget: [] };
    // The rung has ended: those above it may have waited to hear that nobody else comes.
    const left = known.filter(({ promoted }) => !promoted).flatMap(({ runs }) => runs.map(({ id }) => id));
    const above = begin.length === 0 ? this.#promote(rung + 1) : { begin: [], forget: [] };
    return { begin: [...begin, ...above.begin], forget: [...left, ...above.forget] };
  }

  /** How many configurations a rung will have: those below it that go on, once that is known, and those that may until then. */
  #expected(rung: number): number | undefined {
    if (rung === 0) return this.#sizes[0];
    const below = [...(this.#rungs[rung - 1]?.values() ?? [])];
    const outstanding = (this.#expected(rung - 1) ?? 0) - below.filter(({ value }) => value !== undefined).length;
    return outstanding > 0 ? this.#sizes[rung] : this.#rungs[rung]?.size;
  }

  /** The configuration's runs on a rung, each going on from the rung before. */
  #enter(configuration: Configuration, rung: number): PlannedRun[] {
    const before = rung > 0 ? this.#rungs[rung - 1]?.get(configuration) : undefined;
    const runs = configuration.whole.map((whole, i): PlannedRun => {
      const budget = configuration.budgets[rung] ?? 1;
      const from = before?.runs[i]?.id;
      const point = { ...whole.point, [this.#halving.over]: budget };
      const common = {
        seed: whole.seed,
        point,
        rung,
        ...(from !== undefined && this.#halving.over === 'budget' && { from }),
      };
      if (rung === this.#halving.rungs - 1) return { ...common, id: whole.id, settings: whole.settings };
      const settings = mergeParameters(whole.settings, layerAt(this.#halving.over, budget)) as Record<string, unknown>;
      return { ...common, id: this.#resolve(settings, whole.seed).id, settings };
    });
    const entry: Entry = { configuration, runs, ended: new Map(), value: undefined, promoted: false };
    this.#rungs[rung]?.set(configuration, entry);
    for (const run of runs) this.#places.set(run.id, { rung, entry });
    return runs;
  }

  #budgets({ settings, seed }: PlannedRun): number[] {
    const { rungs, factor, over } = this.#halving;
    const { parameters } = this.#resolve(settings, seed);
    const path = over === 'budget' ? 'steps' : over;
    const whole = valueAt(parameters, over) ?? valueAt(parameters, path);
    if (typeof whole !== 'number' || !(whole > 0)) {
      throw invalidArgument(`halving.over: expected a number above 0 in ${path}, got ${JSON.stringify(whole)}`);
    }
    const budgets = Array.from({ length: rungs }, (_, k) => Math.max(1, Math.round(whole * this.#share(k))));
    budgets[rungs - 1] = whole;
    if (budgets.some((budget, k) => k > 0 && budget <= (budgets[k - 1] ?? 0))) {
      throw invalidArgument(
        `halving.rungs: expected fewer, or a smaller factor: ${rungs} rungs by ${factor} of ${path} = ${whole} are ${budgets.join(', ')}`,
      );
    }
    return budgets;
  }
}

/** The better one first, then the one that comes first in the plan. */
function order(a: Entry, b: Entry): number {
  const [x, y] = [a.value ?? Number.POSITIVE_INFINITY, b.value ?? Number.POSITIVE_INFINITY];
  return x === y ? a.configuration.place - b.configuration.place : x - y;
}
