/** The scripts of examples/ run as they stand, and say what they promise; a run folder is read in Python. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-examples-'));
  // What an example's own packages are in a user's folder.
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const number = '(-?[\\d.]+(?:e-?\\d+)?)';
/** What each prints, as a pattern; its numbers are checked where a sentence of them can be wrong. */
const expected: Record<string, { says: RegExp; holds?: (numbers: number[]) => boolean }> = {
  '01-train.mjs': {
    says: new RegExp(`at 1.5: ${number} expected ${number}`),
    holds: ([is = 0, wanted = 9]) => Math.abs(is - wanted) < 0.1,
  },
  '02-probe.mjs': {
    says: /sin 1x is learnt after (\d+) steps[\s\S]*sin 3x is learnt after (\d+) steps[\s\S]*sin 5x is learnt after (\d+) steps/,
    holds: ([a = 9, b = 0, c = 0]) => a < b && b < c,
  },
  '03-sweep.mjs': { says: /learning rate 0.001 losses \S+ \S+ \S+\nlearning rate 0.005 losses \S+ \S+ \S+\n/ },
  '04-stream-records.mjs': { says: /step 0 [\s\S]*step 500 [\s\S]*same bits as one training: true/ },
  '05-ntk.mjs': {
    says: new RegExp(
      `step 0 .*predicted ${number} measured ${number}[\\s\\S]*step 100 .*predicted ${number} measured ${number}`,
    ),
    holds: ([start = 1, , end = 1]) => end < start / 2,
  },
  '06-tfjs.mjs': {
    says: new RegExp(`step 200 loss here ${number} in TensorFlow.js ${number}\\nmilliseconds a step`),
    holds: ([ours = 0, theirs = 1]) => Math.abs(ours - theirs) < 0.01 * ours,
  },
  '07-workers.mjs': { says: /seed 0 .*the same here: true\nseed 1 .*the same here: true/ },
  '08-experiment.mjs': { says: /claim learnt holds\npage: .*one-tone-quick-seed1.*report.html/ },
  '09-choose-sigma.mjs': {
    says: new RegExp(`chosen: .* at learning rate [\\d.e-]+\\nloss ${number}`),
    holds: ([loss = 1]) => loss < 0.2,
  },
  '10-gpu.mjs': { says: /cpu milliseconds[\s\S]*(no GPU here: .*|cuda milliseconds)/ },
  '11-measure.mjs': {
    says: /frequency 1 learnt after (\d+)\nfrequency 3 learnt after (\d+)/,
    holds: ([slow = 1, fast = 0]) => slow < fast,
  },
};

describe('examples', () => {
  it('are all tried', async () => {
    const scripts = (await readdir(join(root, 'examples'))).filter((name) => name.endsWith('.mjs'));
    expect(scripts.sort()).toEqual(Object.keys(expected));
    const list = await readFile(join(root, 'examples/README.md'), 'utf8');
    for (const name of scripts) expect(list).toContain(`\`${name}\``);
  });

  it.each(Object.entries(expected))('%s', { timeout: 240_000 }, async (name, { says, holds }) => {
    const code = await readFile(join(root, 'examples', name), 'utf8');
    // From the source: an `--import` would not reach the worker threads of an example.
    const fromSource = code.replace(
      /import (\{[^}]*\}) from 'fprinciple';/,
      (_, names) =>
        `import { register } from 'tsx/esm/api'; register(); const ${names} = await import(${JSON.stringify(join(root, 'src/index.ts'))});`,
    );
    expect(fromSource).not.toContain("'fprinciple'");
    await writeFile(join(folder, name), fromSource);
    const { status, stdout, stderr } = spawnSync(process.execPath, [name], { encoding: 'utf8', cwd: folder });
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toMatch(says);
    if (holds) expect(holds((says.exec(stdout) ?? []).slice(1).map(Number))).toBe(true);
  });
});

const python = process.env.FPRINCIPLE_PYTHON ?? 'python3';
const has = spawnSync(python, ['-c', 'import numpy, pandas']).status === 0;
describe.runIf(has)('a run folder in Python', () => {
  it('is read by NumPy and pandas in the three lines of examples/README.md', { timeout: 120_000 }, async () => {
    const text = await readFile(join(root, 'examples/README.md'), 'utf8');
    const [arrays = '', table = ''] = [...text.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code);
    expect([arrays, table].map((code) => code.trim().split('\n').length)).toEqual([3, 3]);
    const { defineExperiment, runToFolder } = await import('../src/index.js');
    const { z } = await import('zod');
    const experiment = defineExperiment({
      id: 'sine-mixture',
      title: 'Arrays and a table',
      source: 'this test',
      parameters: z.object({}),
      presets: { quick: {}, paper: {} },
      run: () => ({
        arrays: { error: { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] } },
        tables: [{ id: 'candidates', title: 'a', columns: { step: [1, 2], error: [0.5, null] } }],
      }),
    });
    const { folder: run } = await runToFolder(experiment, { out: join(folder, 'runs') });
    const both = `${arrays}${table.replace('runs/fit-quick-seed0', run)}print(table.error.isna().sum())`;
    const { stdout, stderr } = spawnSync(python, ['-c', both], { encoding: 'utf8', cwd: folder });
    expect(stderr).toBe('');
    expect(stdout).toContain("{'error': (2, 3)}");
    expect(stdout).toMatch(/count\s+2\.0+\s+1\.0/);
    expect(stdout.trim().endsWith('1')).toBe(true);
  });
});
