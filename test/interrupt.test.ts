/** Experiments of a user that do not end, or end in an error: Ctrl-C is heard, and the trace names the user's file. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fprinciple } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-interrupt-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file of one experiment, `run` beginning in its line 5. */
async function experiment(name: string, run: string): Promise<string> {
  const file = join(folder, `${name}.mts`);
  const text = `import { createModel, defineExperiment, mlp } from 'fprinciple';
import { z } from 'zod';
interface Erased { a: number }
const options = { title: 'T', source: 's', parameters: z.object({}), presets: { quick: {}, paper: {} } };
export default defineExperiment({ id: '${name}', ...options, run: async ({ progress, training }: any) => {
  ${run}
} });
export const also = defineExperiment({ id: 'a-first', ...options, run: () => ({}) });
`;
  await writeFile(file, text);
  return file;
}

describe.skipIf(process.platform === 'win32')('an experiment that blocks its process', { timeout: 120_000 }, () => {
  it('is ended by the second Ctrl-C; what was done before is kept and said, nothing half written stays', async () => {
    const file = await experiment('loops', "progress({ phase: 'looping' }); await 0; for (;;) {}");
    const out = join(folder, 'loops');
    let [first, second] = [0, 0];
    const { code, stderr } = await fprinciple(['run', file, '--out', out], {
      during: (child, text) => {
        if (first === 0 && text.includes('looping')) {
          first = performance.now();
          child.kill('SIGINT');
        }
        if (second === 0 && text.includes('Ctrl-C again ends it at once')) {
          second = performance.now();
          child.kill('SIGINT');
        }
      },
    });
    expect(code, stderr).toBe(130);
    expect(second).toBeGreaterThan(first);
    expect(stderr).toContain(`kept: ${join(out, 'a-first-quick-seed0')}`);
    expect(await readdir(out)).toEqual(['a-first-quick-seed0']);
  });

  it('ends with the process that was started, however that ends', async () => {
    const file = await experiment('orphan', "progress({ phase: 'looping' }); await 0; for (;;) {}");
    let killed = false;
    const { code } = await fprinciple(['run', file, '--out', join(folder, 'orphan')], {
      during: (child, text) => {
        if (!killed && text.includes('looping')) killed = child.kill('SIGKILL');
      },
    });
    // This is heard only when its output is closed: when the process of the experiment has ended too.
    expect(code).toBe(null);
  });
});

describe('an error in a file of the user', { timeout: 120_000 }, () => {
  it('has a trace that names the file and its line', async () => {
    const file = await experiment('throws', "const inner = () => {\n    throw new Error('boom');\n  };\n  inner();");
    const { code, stderr } = await fprinciple(['run', file, '--out', join(folder, 'throws')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/boom[\s\S]*throws\.mts:7:11/);
    expect(stderr).not.toContain('module.mjs');
  });

  it('is placed there too when it is one of this package', async () => {
    const file = await experiment(
      'misuses',
      "createModel(mlp({ input: 1, hidden: [2], output: 1, activation: 'tahn' as any }), { seed: 0 });",
    );
    const { code, stderr } = await fprinciple(['run', file, '--out', join(folder, 'misuses')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/tahn.*\(at misuses\.mts:6:\d+\)/);
  });

  it('of its syntax or its top level is told with file and line', async () => {
    const syntax = join(folder, 'syntax.ts');
    await writeFile(syntax, 'const a = 1;\nconst b = ;\n');
    const wrong = await fprinciple(['run', syntax]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/syntax\.ts:2:11: Unexpected ";"/)]);
    const top = join(folder, 'top.ts');
    await writeFile(top, "interface A { a: 1 }\n\nthrow new Error('at the top');\n");
    const thrown = await fprinciple(['run', top]);
    expect([thrown.code, thrown.stderr]).toEqual([2, expect.stringMatching(/at the top \(at top\.ts:3:7\)/)]);
  });
});

it('fprinciple run training: what sweeps run is run', async () => {
  const out = join(folder, 'training');
  const args = ['run', 'training', '--set', 'steps=20', '--set', 'network.hidden=[8]', '--out', out, '--json'];
  const { code, stdout, stderr } = await fprinciple(args);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).runs[0]).toMatchObject({ id: 'training', parameters: { steps: 20 } });
});
