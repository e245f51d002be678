import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeDigest, digestOfCode, writeSources } from '../src/runs/code.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-code-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the digest of a run's code", () => {
  it('changes with the engine and with any module that the run depends on, and with nothing else', async () => {
    const place = {
      modules: pathToFileURL(`${folder}/src/`),
      bindings: pathToFileURL(`${folder}/bindings/`),
      extension: '.ts',
    };
    for (const name of ['src/experiments', 'src/core', 'bindings'])
      await mkdir(join(folder, name), { recursive: true });
    const files = {
      'src/experiments/mine.ts': "import { a } from '../core/a.js';\nexport const mine = a;\n",
      'src/core/a.ts': "export { b as a } from './b.js';\nconst later = () => import('./c.js');\n",
      'src/core/b.ts': "import '../experiments/mine.js';\nexport const b = 1;\n",
      'src/core/c.ts': 'export const c = 1;\n',
      'src/core/apart.ts': 'export const apart = 1;\n',
      [`bindings/engine.${process.platform}-${process.arch}.node`]: 'machine code',
      'bindings/engine.other-cpu.node': 'machine code',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const digest = () => digestOfCode('experiments/mine', place);
    let before = digest();
    expect(digest()).toBe(before);
    for (const name of Object.keys(files)) {
      await appendFile(join(folder, name), '//');
      const after = digest();
      expect(after === before, name).toBe(name.includes('apart') || name.includes('other-cpu'));
      before = after;
    }
    await writeFile(join(folder, 'src/core/c.ts'), 'a\nb');
    const unix = digest();
    await writeFile(join(folder, 'src/core/c.ts'), 'a\r\nb');
    expect(digest()).toBe(unix);
    expect(() => digestOfCode('experiments/none', place)).toThrow(/none\.ts cannot be read/);
  });

  it('is the same for the built package as for the source it was built from', async () => {
    const [source, built] = ['source', 'built'].map((name) => pathToFileURL(`${folder}/${name}/`)) as [URL, URL];
    const bindings = pathToFileURL(`${folder}/bindings/`);
    for (const place of [source, built]) await mkdir(place, { recursive: true });
    await writeFile(new URL('a.ts', source), "import type { B } from './b.js';\nexport const a: B = 1;\n");
    await writeFile(new URL('b.ts', source), 'export type B = number;\n');
    await writeFile(new URL('a.js', built), 'export const a = 1;\n');
    await writeFile(new URL('b.js', built), 'export {};\n');
    writeSources(source, built);
    const digest = (modules: URL, extension: string) => digestOfCode('a', { modules, bindings, extension });
    expect(digest(built, '.js')).toBe(digest(source, '.ts'));
    await appendFile(new URL('b.ts', source), '//');
    expect(digest(built, '.js')).not.toBe(digest(source, '.ts'));
  });

  it("is each experiment's own", () => {
    expect(codeDigest('experiments/frequency-principle/sine-mixture')).toMatch(/^[0-9a-f]{64}$/);
    expect(codeDigest('experiments/frequency-principle/sine-mixture')).not.toBe(
      codeDigest('experiments/frequency-principle/aliasing'),
    );
  });
});
