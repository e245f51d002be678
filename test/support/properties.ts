/**
 * Property tests draw the same cases everywhere: a change is told from luck. `FPRINCIPLE_TEST_SEED=random` (`npm run check:long`) draws
 * others each time, and `FPRINCIPLE_TEST_CASES` so many of each.
 */
import fc from 'fast-check';

const { FPRINCIPLE_TEST_SEED: seed = '1', FPRINCIPLE_TEST_CASES: cases } = process.env;
fc.configureGlobal({
  ...(seed !== 'random' && { seed: Number(seed) }),
  ...(cases !== undefined && { numRuns: Number(cases) }),
});
