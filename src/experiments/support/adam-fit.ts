/** How most experiments train: the mean squared error by Adam, recorded evenly in the steps' logarithm. */
export const adamFit = (p: { learningRate: number; steps: number; records: number }) =>
  ({
    loss: 'mse',
    optimizer: { type: 'adam', learningRate: p.learningRate },
    steps: p.steps,
    record: { log: p.records },
  }) as const;
