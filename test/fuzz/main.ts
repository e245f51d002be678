/**
 * Generated calls of every export and damaged files of every format, in child processes with a cap on their memory.
 *
 * ```
 * npm run fuzz                     a few thousand calls
 * npm run fuzz -- 100000           so many
 * npm run fuzz -- 100000 --files 30000   and so many damaged files
 * npm run fuzz -- --seed 7 --only fft,Model.train --from 310 --to 311     one call again
 * ```
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    only: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    files: { type: 'string' },
    lanes: { type: 'string' },
  },
});
const only = values.only?.split(/,(?! )/);
const report = await fuzz({
  seed: values.seed ?? String(Date.now() % 1_000_000),
  calls: Number(positionals[0] ?? 10_000),
  lanes: Number(values.lanes ?? 2),
  ...(only && { only }),
  ...(values.files !== undefined && { files: Number(values.files) }),
  ...(values.from !== undefined && { from: Number(values.from), to: Number(values.to ?? Number(values.from) + 1) }),
});
console.log(report.text);
process.exit(report.findings.length > 0 ? 1 : 0);
