import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fprinciple, root } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-docs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The first block of TypeScript in a page. */
async function example(page: string): Promise<string> {
  const code = /```ts\n([\s\S]*?)```/.exec(await readFile(join(root, page), 'utf8'))?.[1];
  if (code === undefined) throw new Error(`${page} has no example`);
  return code;
}

describe('what the documentation shows', () => {
  it('the README is about twenty lines that run as they stand, and show the low frequency learnt first', async () => {
    const code = await example('README.md');
    expect(
      code
        .trim()
        .split('\n')
        .filter((line) => line.trim() !== '').length,
    ).toBeLessThanOrEqual(21);
    const file = join(folder, 'readme.mjs');
    await writeFile(file, code.replace("'fprinciple'", JSON.stringify(join(root, 'src/index.ts'))));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => /^(\d+) error at 1: (\S+) at 5: (\S+)$/.exec(line)!.slice(1).map(Number));
    const passed = (column: number) => rows.find((row) => row[column]! < 0.5)![0]!;
    expect(passed(1)).toBeLessThan(passed(2));
  });

  it('the network of docs/networks.md is trained, saved and loaded', async () => {
    const file = join(folder, 'networks.mts');
    const code = (await example('docs/networks.md')).replace(
      "'fprinciple'",
      JSON.stringify(join(root, 'src/index.ts')),
    );
    await writeFile(file, code);
    const tsx = ['--import', import.meta.resolve('tsx'), file];
    const { status, stdout, stderr } = spawnSync(process.execPath, tsx, { encoding: 'utf8', cwd: folder });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [loss, value] = stdout.trim().split(' ').map(Number);
    expect(loss).toBeLessThan(1e-3);
    expect(value).toBeCloseTo(Math.sin(4.5), 1);
  });

  it('"your own experiment" runs from a file alone in a folder, and its claim holds', async () => {
    await writeFile(join(folder, 'mine.ts'), await example('docs/own-experiment.md'));
    const { code, stdout, stderr } = await fprinciple(['run', './mine.ts', '--json'], { cwd: folder });
    expect(stderr).toContain('two-tones');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ held: 1, failed: 0, runs: [{ id: 'two-tones' }] });
    const described = await fprinciple(['describe', './mine.ts'], { cwd: folder });
    expect(described.stdout).toContain('f(x) = sin x + sin kx');
    for (const name of ['high', 'width', 'steps']) expect(described.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('the API reference builds without a warning: every export has a docstring, every link leads somewhere', () => {
    const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
    const { status, stdout, stderr } = spawnSync(process.execPath, [typedoc, '--out', join(folder, 'api')], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stdout + stderr).not.toMatch(/warning|error/);
    expect(status).toBe(0);
    for (const room of ['spectrum', 'nets', 'kernels', 'experiment', 'sweeps'])
      expect(existsSync(join(folder, `api/modules/${room}.html`)), room).toBe(true);
    expect(existsSync(join(folder, 'api/functions/spectrum.nudft.html'))).toBe(true);
  }, 180_000);

  it('links of the documentation lead to files that are there', async () => {
    // Built, not committed.
    const built = /^(docs\/(gallery|api)|schema)\b/;
    for (const page of ['README.md', 'ARCHITECTURE.md', 'docs/own-experiment.md', 'docs/conventions.md']) {
      const text = await readFile(join(root, page), 'utf8');
      const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
      for (const link of links.filter((link) => !/^https?:/.test(link))) {
        const path = join(dirname(page), link);
        if (!built.test(path)) expect(existsSync(join(root, path)), `${page}: ${link}`).toBe(true);
      }
    }
  });
});
