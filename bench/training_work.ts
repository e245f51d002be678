/** What the rows of training.ts and its peers share. */

/** A row of the table, as the peers read it too. */
export interface Work {
  name: string;
  /** Dense and convolutional layers, activations, poolings, flatten. */
  spec: { input: number | number[]; layers: Record<string, unknown>[] };
  samples: number;
  loss: 'mse' | 'crossEntropy' | 'poisson' | 'burgers';
  /** Steps of one timed training. */
  steps: number;
  /** Runs with different seeds at once. */
  replicas?: number;
  /** What is asked for: the best peer's time over ours. */
  wanted: number;
}

/** A peer's losses before the first steps, and milliseconds a step. */
export interface Peer {
  name: string;
  losses: number[];
  milliseconds: number;
  /** It was given this package's own method, not what the framework itself offers: not counted as the best peer. */
  taught?: boolean;
}

/** Losses compared; fewer where a training has fewer steps. */
export const COMPARED = 10;
export const LEARNING_RATE = 1e-3;
