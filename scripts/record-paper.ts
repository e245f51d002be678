// Records runs of paper presets in docs/paper-runs.json, from which the gallery shows what they measured:
//   npm run record-paper -- runs/sine-mixture-paper-seed0 ...
import { fileURLToPath } from 'node:url';
import { describeExpectation, describeMeasured } from '../src/experiment/claims.js';
import { experiments } from '../src/experiments/index.js';
import { paperDigest, recordPaperRuns } from '../src/gallery/paper-runs.js';

const file = fileURLToPath(new URL('../docs/paper-runs.json', import.meta.url));
const folders = process.argv.slice(2);
try {
  if (folders.length === 0) throw new Error('expected run folders: npm run record-paper -- runs/<id>-paper-seed0 ...');
  for (const { id, seed, seconds, claims, parameters } of await recordPaperRuns(file, folders)) {
    const failed = claims.filter((claim) => !claim.pass);
    console.log(
      `${id}, seed ${seed}: ${seconds} s, ${claims.length - failed.length} claims held, ${failed.length} failed`,
    );
    for (const { id: name, expected, measured, labels, unit } of failed)
      console.log(
        `  FAILED ${name}: expected ${describeExpectation(expected, unit)}; measured ${describeMeasured(measured, labels, unit)}`,
      );
    const experiment = experiments.find((e) => e.id === id);
    if (!experiment) console.warn(`  warning: there is no experiment ${JSON.stringify(id)} in this version`);
    else if (paperDigest(experiment) !== parameters)
      console.warn('  warning: its parameters are not those of the paper preset as it is now; the gallery will say so');
  }
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
