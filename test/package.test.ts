import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support/cli.js';
import { type Registry, startRegistry } from './support/registry.js';

let folder: string;
let registry: Registry | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-package-'));
});
afterAll(async () => {
  await registry?.close();
  await rm(folder, { recursive: true, force: true });
});

const built = existsSync(join(root, 'dist/.built'));
if (!built) console.warn('the package is not built (npm run build): packing it is not tested');

describe.skipIf(!built || process.platform === 'win32')('the package', () => {
  it('is released into a registry, installs into an empty project without Rust, and runs the README', async (context) => {
    const run = (command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env) =>
      spawnSync(command, args, { cwd, encoding: 'utf8', env });
    // What is built is what is packed, for this platform.
    const packages = join(folder, 'packages');
    const made = run(process.execPath, [join(root, 'scripts/packages.mjs'), packages], root);
    expect(made.status, made.stderr).toBe(0);
    const archives = JSON.parse(await readFile(join(packages, 'list.json'), 'utf8')) as string[];
    const paths = (await readdir(join(packages, 'package'), { recursive: true })).map((path) =>
      path.replaceAll('\\', '/'),
    );
    for (const path of [
      'README.md',
      'LICENSE',
      'dist/LICENSES.txt',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
    ]) {
      expect(paths).toContain(path);
    }
    // What an installation does not have is not linked.
    for (const page of ['README.md', 'README.zh-CN.md']) {
      const text = await readFile(join(root, page), 'utf8');
      for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) expect(paths, page).toContain(link);
    }
    // The engine is the platforms'; maps would name sources that are not there.
    expect(paths.filter((path) => /\.(node|map)$/.test(path) || /^(crates|test|src|target)\//.test(path))).toEqual([]);

    // The release, on this machine: the platforms' packages first, then the one that asks for them.
    registry = await startRegistry(join(folder, 'registry'));
    for (const archive of archives) registry.publish(join(packages, archive));
    if (!(await registry.reaches('zod'))) {
      console.warn('the registry cannot be reached: installing the package is not tested');
      return context.skip();
    }

    // Node and npm on the PATH, and no cargo.
    const bin = join(folder, 'bin');
    const project = join(folder, 'project');
    await mkdir(bin);
    await mkdir(project);
    for (const tool of ['node', 'npm', 'npx', 'sh']) {
      const from = tool === 'node' ? process.execPath : findOnPath(tool);
      if (from) await symlink(from, join(bin, tool));
    }
    const env = {
      ...process.env,
      PATH: [bin, '/usr/bin', '/bin'].filter((p) => p === bin || !existsSync(join(p, 'cargo'))).join(delimiter),
    };
    expect(run('cargo', ['--version'], project, env).error).toBeDefined();

    await writeFile(join(project, 'package.json'), '{ "private": true }');
    await writeFile(join(project, '.npmrc'), `registry=${registry.url}\ncache=${join(folder, 'cache')}\n`);
    const installed = run('npm', ['install', '--no-audit', '--no-fund', 'fprinciple'], project, env);
    expect(installed.status, installed.stderr).toBe(0);
    const engine = join('node_modules', archives[0]!.replace(/-\d+\.\d+\.\d+[^/]*\.tgz$/, ''));
    expect(existsSync(join(project, engine)), engine).toBe(true);
    // Light enough for a laptop on a train.
    const sizes = await sizesIn(join(project, 'node_modules'));
    const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    expect(total, JSON.stringify(Object.fromEntries(sizes))).toBeLessThan(MOST_BYTES);

    const readme = await readFile(join(root, 'README.md'), 'utf8');
    await writeFile(join(project, 'readme.mjs'), /```ts\n([\s\S]*?)```/.exec(readme)![1]!);
    const ran = run('node', ['readme.mjs'], project, env);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(/^0 error at 1: /);

    const listed = run('npx', ['--no-install', 'fprinciple', 'doctor', '--json'], project, env);
    expect(listed.status, listed.stderr).toBe(0);
    expect(JSON.parse(listed.stdout).versions.fprinciple).toMatch(/^\d/);
    expect(await readdir(join(project, 'node_modules/fprinciple/schema/experiments'))).toContain('sine-mixture.json');

    const quick = run('npx', ['--no-install', 'fprinciple', 'run', 'sine-mixture', '--out', 'runs'], project, env);
    expect([0, 3], quick.stderr).toContain(quick.status);
    const figures = await readdir(join(project, 'runs/sine-mixture-quick-seed0/figures'));
    expect(figures.some((file) => file.endsWith('.png'))).toBe(true);

    // What is not installed is asked for where it is used.
    const redis = { ...env, FPRINCIPLE_REDIS: 'redis://127.0.0.1:1' };
    const worker = run('npx', ['--no-install', 'fprinciple', 'worker'], project, redis);
    expect(worker.stderr).toContain('npm install bullmq ioredis');
    // A file of one's own needs no esbuild, but for types where Node does not take them out.
    const none = 'export const none = 1;\n';
    for (const [name, message] of [
      ['mine.mjs', 'expected an export made by defineExperiment'],
      ['mine.ts', 'stripTypeScriptTypes' in nodeModule ? 'expected an export' : 'npm install esbuild'],
    ] as const) {
      await writeFile(join(project, name), none);
      const own = run('npx', ['--no-install', 'fprinciple', 'run', `./${name}`], project, env);
      expect(own.stderr).toContain(message);
    }
    await rename(join(project, engine), join(project, 'elsewhere'));
    const without = run('npx', ['--no-install', 'fprinciple', 'doctor'], project, env);
    expect(without.stderr).toContain(`npm install ${engine.slice('node_modules/'.length)}@`);
    await rename(join(project, 'elsewhere'), join(project, engine));

    await writeFile(join(project, 'threads.mjs'), THREADS);
    const threads = run('node', ['threads.mjs'], project, env);
    expect(threads.stdout, threads.stderr).toBe('4 4\n');

    await follow(project, (command, args) => run(command, args, project, env));

    // Programs of both kinds compile, with declarations checked and without Node's, and run: by the root and by the rooms.
    const asked = {
      '.': 'rfft',
      spectrum: 'rfft',
      nets: 'createModel',
      kernels: 'analyticKernel',
      sweeps: 'sweep',
      bullmq: 'work',
    };
    const imports = Object.entries(asked)
      .map(
        ([room, name], i) =>
          `import { ${name} as f${i} } from '${join('fprinciple', room)}';\nconsole.log(typeof f${i});`,
      )
      .join('\n');
    for (const name of ['program.mts', 'program.cts']) await writeFile(join(project, name), imports);
    for (const module of ['node16', 'nodenext', 'bundler']) {
      const resolved = module === 'bundler' ? { module: 'preserve', moduleResolution: module } : { module };
      const compilerOptions = {
        ...{ ...resolved, target: 'es2022', lib: ['es2022', 'dom'], types: [], strict: true },
        ...{ skipLibCheck: false, exactOptionalPropertyTypes: true, outDir: module },
      };
      const files = ['program.mts', 'program.cts'];
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
      const compiled = run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], project, env);
      expect(compiled.stdout).toBe('');
      // A bundler's program is its own to run.
      for (const name of module === 'bundler' ? [] : ['program.mjs', 'program.cjs']) {
        const program = run(process.execPath, ['--no-warnings', join(module, name)], project, env);
        expect(program.stdout, program.stderr).toBe('function\n'.repeat(Object.keys(asked).length));
      }
    }

    // Other runtimes are large downloads.
    if (!process.env.FPRINCIPLE_TEST_RUNTIMES) return;
    const runtimes = join(folder, 'runtimes');
    await mkdir(runtimes);
    await writeFile(join(runtimes, 'package.json'), '{ "private": true }');
    await writeFile(join(runtimes, '.npmrc'), `registry=${registry.url}\ncache=${join(folder, 'cache')}\n`);
    const fetched = run('npm', ['install', '--no-audit', '--no-fund', 'bun', 'deno', 'node@24'], runtimes);
    expect(fetched.status, fetched.stderr).toBe(0);
    for (const [runtime, ...args] of [
      ['bun', 'run'],
      ['deno', 'run', '--allow-all', '--node-modules-dir=manual'],
    ] as const) {
      const program = join(runtimes, 'node_modules/.bin', runtime);
      await writeFile(join(project, 'one.mjs'), 'console.log(1);\n');
      if (run(program, [...args, 'one.mjs'], project).stdout !== '1\n') {
        console.warn(`${runtime} does not run on this machine: the package is not run by it`);
        continue;
      }
      // A large program on a full machine: one that the system ends without a word is started again, twice.
      let other = run(program, [...args, 'readme.mjs'], project);
      for (let i = 0; i < 2 && other.signal; i++) other = run(program, [...args, 'readme.mjs'], project);
      // Math.sin, of which the README's target is made, is JavaScript's: other engines and versions round it otherwise.
      const [own, nodes] = [other.stdout, ran.stdout].map((text) =>
        text.split(/\s+/).map(Number).filter(Number.isFinite),
      );
      const ended = `${runtime}: ${other.status ?? other.signal ?? other.error} ${other.stderr}`;
      expect(own, ended).toHaveLength(nodes!.length);
      for (const [i, value] of own!.entries()) expect(value, runtime).toBeCloseTo(nodes![i]!, 9);
    }
    // A Node that takes types out itself runs the guide's experiment.
    const guide = await readFile(join(root, 'docs/own-experiment.md'), 'utf8');
    await writeFile(join(project, 'typed.ts'), /```ts\n([\s\S]*?)```/.exec(guide)![1]!);
    const newer = join(runtimes, 'node_modules/.bin/node');
    const typed = run(
      newer,
      ['node_modules/fprinciple/dist/cli/main.js', 'run', './typed.ts', '--out', 'runs'],
      project,
    );
    expect(typed.stdout, typed.stderr).toContain('0 failed');
    expect(typed.stderr).not.toContain('Warning');
  }, 600_000);
});

/** What may be installed: this package, its platform's engine and all that they depend on. */
const MOST_BYTES = 40e6;

/** Bytes of the packages in a folder of modules. */
async function sizesIn(modules: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const file of await readdir(modules, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const [name = ''] = relative(modules, path).split(sep);
    sizes.set(name, (sizes.get(name) ?? 0) + (await stat(path)).size);
  }
  return sizes;
}

/** A transform in the main thread and in another one. */
const THREADS = `
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { rfft } from 'fprinciple/spectrum';
const { re } = rfft([1, 1, 1, 1]);
if (isMainThread) {
  new Worker(new URL(import.meta.url)).on('message', (sum) => console.log(re[0], sum));
} else parentPort.postMessage(re[0]);
`;

/** The guides on one's own data, step by step in a project that has the package. */
async function follow(
  project: string,
  run: (command: string, args: string[]) => { status: number | null; stdout: string; stderr: string },
): Promise<void> {
  const guide = (name: string): Promise<string> => readFile(join(root, 'docs', name), 'utf8');
  const fprinciple = (...args: string[]): string => {
    const { status, stdout, stderr } = run('npx', ['--no-install', 'fprinciple', ...args]);
    expect(status, stderr).toBe(0);
    return stdout;
  };
  const write = (name: string, text: string): Promise<void> => writeFile(join(project, name), text);

  // Your PyTorch training under the instruments: the guide's own lines where there is PyTorch, else those of the recorder.
  await write('fprinciple_recorder.py', fprinciple('recorder'));
  const python = process.env.FPRINCIPLE_PYTHON ?? findOnPath('python3') ?? 'python3';
  const torch = run(python, ['-c', 'import torch']).status === 0;
  const lines = /```python\n([\s\S]*?)```/.exec(await guide('measure-your-training.md'))?.[1] ?? '';
  const before = `
import torch
torch.manual_seed(0)
x = torch.linspace(-torch.pi, torch.pi, 65)[:64, None]
y = torch.sin(x) + torch.sin(5 * x)
model = torch.nn.Sequential(torch.nn.Linear(1, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
`;
  const plain = `
from math import exp, pi, sin
from fprinciple_recorder import Recorder
x = [-pi + 2 * pi * i / 64 for i in range(64)]
with Recorder("run.record", points=x, target=[sin(v) + sin(5 * v) for v in x]) as recorder:
    for step in range(0, 2001, 20):
        recorder.record(step, [(1 - exp(-step / 50)) * sin(v) + (1 - exp(-step / 500)) * sin(5 * v) for v in x])
`;
  await write('train.py', torch ? before + lines : plain);
  const trained = run(python, ['train.py']);
  expect(trained.status, trained.stderr).toBe(0);
  expect(fprinciple('measure', 'run.record', '--claim', 'low-first')).toContain('low-first');

  // Choosing sigma: the command, and the program.
  const samples = Array.from({ length: 60 }, (_, i) => [i / 60, Math.sin((2 * Math.PI * 9 * i) / 60)]);
  await write('data.csv', `x,y\n${samples.map((row) => row.join()).join('\n')}\n`);
  const small = ['--budget', '2s', '--hidden', '16,16', '--steps', '80'];
  expect(fprinciple('fit', 'data.csv', ...small, '--emit', 'pytorch')).toContain('torch.optim.Adam');
  const [advised = ''] = (await readdir(join(project, 'runs'))).filter((name) => name.startsWith('fit-'));
  const again = run('sh', [
    '-c',
    `cd runs/${advised} && ${process.execPath} --import ${import.meta.resolve('tsx')} train.mts`,
  ]);
  expect(again.stdout, again.stderr).toMatch(/^loss [\d.e-]+ completed\n$/);
  const program = /```ts\n([\s\S]*?)```/.exec(await guide('choosing-sigma.md'))?.[1] ?? '';
  await write('choose.mts', program);
  const chosen = run(process.execPath, ['--import', import.meta.resolve('tsx'), 'choose.mts']);
  expect(chosen.status, chosen.stderr).toBe(0);
  expect(chosen.stdout).toMatch(/\S+ [\d.e-]+\n$/);
}

function findOnPath(tool: string): string | undefined {
  const folders = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((path) => join(path, tool)).find((path) => existsSync(path));
}
