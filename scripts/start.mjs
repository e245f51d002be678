// The main job: from a clone to a report. Builds what is missing, then runs three kinds of real input in their quick
// presets: a function of one variable, photographs, and handwritten digits.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare, say } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const runs = join(root, 'runs');
const ids = ['sine-mixture', 'step-target', 'image-regression', 'classification-projection'];
// The photographs of CIFAR-10 are a download of 139 MB, and convolutions take longer: only when asked for.
const digitsOnly = ['--set', 'datasets=["mnist"]', '--set', 'classifiers=["dense"]'];

/** The exit code that says that a claim did not hold: a result like any other, which the report shows. */
const claimFailed = 3;

/** Runs the command line; ends this process with its status when it fails. Gives whether all claims held. */
function fprinciple(...args) {
  const { status } = spawnSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], { stdio: 'inherit' });
  if (status !== 0 && status !== claimFailed) process.exit(status ?? 1);
  return status === 0;
}

prepare();
say('Running the quick presets of five experiments on real input (about a minute; results go to runs/).\n');
const held = [
  fprinciple('run', ...ids, '--out', runs),
  fprinciple('run', 'classification-filtering', ...digitsOnly, '--out', runs),
];
// A run with parameters of its own has their hash behind its name: the newest folder of each id is this one's.
const newest = (id) =>
  readdirSync(runs)
    .filter((name) => name.startsWith(`${id}-quick-seed0`))
    .map((name) => join(runs, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
fprinciple('report', ...[...ids, 'classification-filtering'].map(newest), '--out', join(runs, 'report.html'));
if (held.includes(false)) say('\nA claim did not hold on this seed: the report says which, and what was measured.');
say('\nOpen runs/report.html in a browser. What else there is: npx fprinciple list');
