// The main job: from a clone to a report. Builds what is missing, then runs three kinds of real input in their quick
// presets: a function of one variable, photographs, and handwritten digits.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare, say } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const ids = [
  'sine-mixture',
  'step-target',
  'image-regression',
  'classification-projection',
  'classification-filtering',
];

prepare();
say('Running the quick presets of five experiments on real input (about a minute; results go to runs/).\n');
const args = [
  join(root, 'dist', 'cli', 'main.js'),
  'run',
  ...ids,
  '--out',
  join(root, 'runs'),
  ...process.argv.slice(2),
];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
if (status === 0) {
  say('\nOpen runs/report.html in a browser. What else there is: npx fprinciple list');
}
process.exit(status ?? 1);
