/** An experiment that does nothing: what a sweep of it takes is the sweep's own. */

import { z } from 'zod';
import { defineExperiment } from '../src/index.js';

export default defineExperiment({
  id: 'empty',
  title: 'Nothing',
  source: 'bench',
  parameters: z.object({}),
  presets: { quick: {}, paper: {} },
  run: () => ({ metrics: { nothing: 0 } }),
});
