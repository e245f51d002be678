/** Files of a user's own without esbuild: linked by what Node has. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canLink, linkModule, packageFrom } from '../src/runs/link.js';
import { importCompiled } from '../src/runs/load.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-link-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const write = (files: Record<string, string>) =>
  Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
const link = (name: string) =>
  linkModule(join(folder, name), {
    packageFor: (wanted, importer) => (wanted.startsWith('node:') ? wanted : packageFrom(wanted, importer)),
    ownFile: () => undefined,
  });

const types = 'stripTypeScriptTypes' in nodeModule;

describe('linkModule', () => {
  it('puts a file and what it imports by relative path into one module, which names them in traces', async () => {
    await write({
      'main.mjs':
        "import { sep } from 'node:path';\nimport { fail, twice } from './part.mjs';\nexport { sep, twice };\nexport const { url, filename } = import.meta;\nexport const later = () => import('./later.mjs');\nexport { fail };\n",
      'part.mjs':
        "import { two } from './two.mjs';\nexport const twice = (v) => two * v;\nexport const fail = () => {\n  throw new Error('here');\n};\n",
      'two.mjs': 'export const two = 2; // import { not } from "./a-comment.js"\n',
      'later.mjs': "export { two } from './two.mjs';\n",
    });
    const { text, files } = await link('main.mjs');
    expect(files.map((file) => file.slice(folder.length + 1)).sort()).toEqual([
      'later.mjs',
      'main.mjs',
      'part.mjs',
      'two.mjs',
    ]);
    const module = (await importCompiled({ text })) as {
      sep: string;
      url: string;
      filename: string;
      twice(v: number): number;
      fail(): never;
      later(): Promise<{ two: number }>;
    };
    expect([module.sep, module.twice(3), (await module.later()).two]).toEqual(['/', 6, 2]);
    expect([module.filename, module.url]).toEqual([join(folder, 'main.mjs'), `file://${folder}/main.mjs`]);
    let trace = '';
    // Vitest writes traces in its own way.
    const { prepareStackTrace } = Error;
    Reflect.deleteProperty(Error, 'prepareStackTrace');
    try {
      module.fail();
    } catch (error) {
      trace = (error as Error).stack ?? '';
    }
    if (prepareStackTrace) Error.prepareStackTrace = prepareStackTrace;
    expect(trace).toContain(`file://${folder}/part.mjs:4:9`);
  });

  it('says what cannot be linked', async () => {
    await write({
      'a.mjs': "import './b.mjs';\n",
      'b.mjs': "import './a.mjs';\n",
      'lost.mjs': "import './nowhere.mjs';\n",
      'unknown.mjs': "import 'no-such-package';\n",
      'broken.mjs': "import { from './two.mjs';\n",
    });
    await expect(link('a.mjs')).rejects.toThrow(/a\.mjs: it imports itself, by .*b\.mjs; `npm install esbuild`/);
    // The circle is named, not the way to it.
    await write({ 'to-a.mjs': "import './a.mjs';\n" });
    await expect(link('to-a.mjs')).rejects.toThrow(/a\.mjs: it imports itself, by [^ ]*b\.mjs;/);
    await expect(link('lost.mjs')).rejects.toThrow('lost.mjs: there is no ./nowhere.mjs');
    await expect(link('unknown.mjs')).rejects.toThrow('no-such-package');
    await expect(link('broken.mjs')).rejects.toThrow('broken.mjs');
    await expect(link('none.mjs')).rejects.toMatchObject({ code: 'IO' });
  });

  it('refuses what would grow without end', async () => {
    const layers = 60;
    const names = Array.from({ length: layers }, (_, i) => `deep-${i}.mjs`);
    // Each imports the two before it: the text of the first stands in the last as often as Fibonacci's numbers say.
    const imports = (i: number) =>
      [i - 1, i - 2]
        .filter((j) => j >= 0)
        .map((j) => `import './deep-${j}.mjs';\n`)
        .join('');
    await write(Object.fromEntries(names.map((name, i) => [name, imports(i)])));
    await expect(link(names.at(-1)!)).rejects.toThrow('too large to be linked; `npm install esbuild`');
  });

  it('takes types out where this Node can', async () => {
    await write({
      'typed.ts':
        "import { type Pair, first } from './pair.js';\nconst pair: Pair = [1, 2];\nexport const one: number = first(pair);\n",
      'pair.ts': 'export type Pair = [number, number];\nexport const first = (pair: Pair): number => pair[0];\n',
      'enum.ts': 'export enum Colour { Red }\n',
    });
    expect(canLink('typed.ts')).toBe(types);
    expect(canLink('main.mjs')).toBe(true);
    if (!types) return void (await expect(link('typed.ts')).rejects.toThrow('npm install esbuild'));
    const { text } = await link('typed.ts');
    expect(await importCompiled({ text })).toMatchObject({ one: 1 });
    await expect(link('enum.ts')).rejects.toThrow(/enum\.ts: .*enum.*; `npm install esbuild` compiles it/);
  });
});
