/** Equations: physics-informed networks as the field trains them. */
import type { Theme } from '../theme.js';
import { burgersInverse } from './burgers-inverse.js';
import { pinnLossWeights } from './pinn-loss-weights.js';

export const beyond: Theme = {
  id: 'beyond',
  title: 'Equations and their networks',
  experiments: [pinnLossWeights, burgersInverse],
};
