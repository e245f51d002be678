import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine, withInner } from '../src/cli/program.js';
import { fprinciple, root } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-docs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What people read, apart from what is made for the site. */
const pages = [
  'README.md',
  'README.zh-CN.md',
  'examples/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => `docs/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.md') && !/^docs\/(reference|public|gallery|\.vitepress)\//.test(file)),
].sort();

/** Fenced blocks of a page: what stands behind the fence, and the text. */
async function blocks(page: string): Promise<{ kind: string; text: string }[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', body = '']) => ({ kind, text: body }));
}

/** The programs of a page: a block without an import goes on with the one before it. What needs a GPU is marked so. */
async function programs(page: string): Promise<string[]> {
  const found: string[] = [];
  for (const { kind, text } of await blocks(page)) {
    if (kind !== 'ts' && kind !== 'js') continue;
    if (/^import /m.test(text)) found.push(text);
    else found.push(`${found.pop() ?? ''}\n${text}`);
  }
  return found;
}

/** Runs a program on the package's source in the test's folder; what it prints. */
async function ran(page: string, program: string): Promise<string> {
  const file = join(folder, `${page.replaceAll(/\W/g, '-')}.mts`);
  const here = (name = '') => JSON.stringify(join(root, 'src', name, 'index.ts'));
  await writeFile(
    file,
    program.replaceAll(/'fprinciple(?:\/(\w+))?'/g, (_, room) => here(room)),
  );
  const tsx = ['--import', import.meta.resolve('tsx'), file];
  const { status, stdout, stderr } = spawnSync(process.execPath, tsx, { encoding: 'utf8', cwd: folder });
  expect(stderr, page).toBe('');
  expect(status, page).toBe(0);
  return stdout || 'nothing was printed';
}

/** The arguments of every `npx fprinciple` of a page. */
async function commands(page: string): Promise<string[][]> {
  const all = (await blocks(page)).filter(({ kind }) => kind === '' || kind === 'sh').map(({ text }) => text);
  const lines = all.join('\n').replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap((line) => {
    const [, rest] = /^(?:ssh .* )?npx fprinciple (.*)$/.exec(line) ?? [];
    if (rest === undefined) return [];
    const words = rest.replace(/ +(#|>|\|).*$/, '').match(/(?:'[^']*'|[^\s'])+/g) ?? [];
    return [words.map((word) => word.replaceAll("'", ''))];
  });
}

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
    const stdout = await ran('docs/networks.md', (await programs('docs/networks.md'))[0]!);
    const [loss, value] = stdout.trim().split(' ').map(Number);
    expect(loss).toBeLessThan(1e-3);
    expect(value).toBeCloseTo(Math.sin(4.5), 1);
  });

  // Those of the guides on data of one's own run in test/package.test.ts too, from an installation.
  it.each(pages.filter((page) => !['README.md', 'docs/networks.md', 'docs/own-experiment.md'].includes(page)))(
    'the programs of %s run',
    async (page) => {
      for (const program of await programs(page)) expect(await ran(page, program)).not.toBe('');
    },
    60_000,
  );

  it.each(pages)('the commands of %s are those of the command line', async (page) => {
    for (const line of await commands(page)) {
      const program = commandLine();
      let known = false;
      for (const command of withInner(program)) {
        command.configureOutput({ writeErr: () => {}, outputError: () => {} });
        if (command !== program) {
          command.action(() => {
            known = true;
          });
        }
      }
      await program.parseAsync(line, { from: 'user' }).catch((error: unknown) => {
        throw new Error(`${page}: fprinciple ${line.join(' ')}`, { cause: error });
      });
      expect(known, `${page}: fprinciple ${line.join(' ')}`).toBe(true);
    }
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
      expect(existsSync(join(folder, `api/${room === 'nets' ? 'nets/index' : room}.md`)), room).toBe(true);
  }, 180_000);

  it('links of the documentation lead to files that are there', async () => {
    // Built, not committed.
    const built = /^(docs\/(gallery|reference)|schema)\b/;
    for (const page of [...pages, 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
      const text = await readFile(join(root, page), 'utf8');
      const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
      for (const link of links.filter((link) => !/^https?:/.test(link))) {
        const path = join(dirname(page), link);
        if (!built.test(path)) expect(existsSync(join(root, path)), `${page}: ${link}`).toBe(true);
      }
    }
  });
});
