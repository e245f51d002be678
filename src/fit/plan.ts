/**
 * What the adviser does within its budget: how many samples and steps each round has. It is decided by counting operations, not by
 * looking at the clock, so that a budget means the same work on every machine.
 */

/** Operations a second that a budget counts on: two cores of about 2020, half of their peak. */
export const nominalSpeed = 40e9;

/** A round of trainings. */
export interface FitRound {
  trainings: number;
  /** Steps of each, as a share of those of the last round. */
  share: number;
}

/**
 * Rounds from many and short to few and long (successive halving: Jamieson and Talwalkar 2016): fifteen candidates at their middle
 * rate, the five best of them at three rates, the three best trainings of those at full length.
 */
export const rounds: readonly FitRound[] = [
  { trainings: 15, share: 1 / 6 },
  { trainings: 15, share: 1 / 4 },
  { trainings: 3, share: 1 },
];

/** The work that a budget pays for. */
export interface FitPlan {
  /** Samples whose kernels are made, and samples that the rounds train and validate on. */
  kernelSamples: number;
  /** Samples that the rounds train and validate on. */
  samples: number;
  /** Steps of the last round; those of the advised training where the budget is large enough. */
  steps: number;
  /** Operations in all, by estimate. */
  operations: number;
  /** Whether the rounds are the advised training itself: all samples, all steps. */
  whole: boolean;
}

/** What is to be planned for. */
export interface FitWork {
  samples: number;
  /** Parameters of a network, about. */
  parameters: number;
  /** Widest layer and number of layers, for the kernels. */
  width: number;
  depth: number;
  /** Kernels to make. */
  candidates: number;
  /** Steps of the advised training. */
  steps: number;
  /** Seconds. */
  budget: number;
}

const share = rounds.reduce((sum, { trainings, share: part }) => sum + trainings * part, 0);
/** Fewer steps or samples tell nothing; a smaller budget is exceeded. */
const fewestSteps = 60;
const fewestSamples = 256;
/** Operations that a step's fixed cost is worth: 50 microseconds. */
const stepOverhead = 2e6;
const kernelSizes = [1024, 768, 512, 384, 256, 128];

/** Samples and steps that fit into the budget: a fifth of it at most for kernels, the rest for trainings. */
export function planFit({ samples: n, parameters, width, depth, candidates, steps, budget }: FitWork): FitPlan {
  const allowed = budget * nominalSpeed;
  // Gram matrices of both sides of every layer in f64, at half the speed; three Cholesky decompositions.
  const kernelCost = (m: number): number => candidates * (8 * m * m * width * depth + m ** 3 * 3);
  const kernelSamples = Math.min(n, kernelSizes.find((m) => kernelCost(m) <= allowed / 5) ?? 128);
  const left = Math.max(allowed - kernelCost(kernelSamples), allowed / 2);
  // What a step costs however few its samples are, counted as samples.
  const overhead = stepOverhead / (6 * parameters);
  const step = 6 * parameters * share;
  const affordable = left / step;
  // Enough samples first, then steps, then more samples.
  const some = Math.min(n, 1024);
  let [count, length] = [some, Math.floor(affordable / (some + overhead))];
  if (length > steps) [count, length] = [Math.min(n, Math.max(some, Math.floor(affordable / steps - overhead))), steps];
  else if (length < 4 * fewestSteps) {
    count = Math.min(n, Math.max(fewestSamples, Math.floor(affordable / (4 * fewestSteps) - overhead)));
    length = Math.max(fewestSteps, Math.min(steps, Math.floor(affordable / (count + overhead))));
  }
  return {
    kernelSamples,
    samples: count,
    steps: length,
    operations: kernelCost(kernelSamples) + step * (count + overhead) * length,
    whole: count === n && length === steps,
  };
}
