import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-package-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const built = existsSync(join(root, 'dist/.built'));
if (!built) console.warn('the package is not built (npm run build): packing it is not tested');

describe.skipIf(!built || process.platform === 'win32')('the package', () => {
  it('packs, installs into an empty project without Rust, and runs the README', async (context) => {
    const run = (command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env) =>
      spawnSync(command, args, { cwd, encoding: 'utf8', env });
    // What is built is what is packed: --ignore-scripts leaves out the build that comes before it otherwise.
    const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
    expect(packed.status, packed.stderr).toBe(0);
    const [{ filename, files }] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
    const paths = files.map((file) => file.path);
    for (const path of [
      'README.md',
      'LICENSE',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'bindings/index.cjs',
    ]) {
      expect(paths).toContain(path);
    }
    expect(paths.some((path) => path.endsWith('.node'))).toBe(true);
    expect(paths.some((path) => /^(crates|test|src|target)\//.test(path))).toBe(false);

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
    const installed = run('npm', ['install', '--no-audit', '--no-fund', join(folder, filename)], project, env);
    if (installed.status !== 0 && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(installed.stderr)) {
      console.warn('the registry cannot be reached: installing the package is not tested');
      return context.skip();
    }
    expect(installed.status, installed.stderr).toBe(0);

    const readme = await readFile(join(root, 'README.md'), 'utf8');
    await writeFile(join(project, 'readme.mjs'), /```ts\n([\s\S]*?)```/.exec(readme)![1]!);
    const ran = run('node', ['readme.mjs'], project, env);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(/^0 error at 1: /);

    const listed = run('npx', ['--no-install', 'fprinciple', 'doctor', '--json'], project, env);
    expect(listed.status, listed.stderr).toBe(0);
    expect(JSON.parse(listed.stdout).versions.fprinciple).toMatch(/^\d/);
    expect(await readdir(join(project, 'node_modules/fprinciple/schema/experiments'))).toContain('sine-mixture.json');

    // Programs of both kinds compile, with declarations checked and without Node's, and run: by the root and by the rooms.
    const asked = { '.': 'rfft', spectrum: 'rfft', nets: 'createModel', kernels: 'analyticKernel', sweeps: 'sweep' };
    const imports = Object.entries(asked)
      .map(
        ([room, name], i) =>
          `import { ${name} as f${i} } from '${join('fprinciple', room)}';\nconsole.log(typeof f${i});`,
      )
      .join('\n');
    for (const name of ['program.mts', 'program.cts']) await writeFile(join(project, name), imports);
    for (const module of ['node16', 'nodenext']) {
      const compilerOptions = {
        ...{ module, target: 'es2022', lib: ['es2022', 'dom'], types: [], strict: true },
        ...{ skipLibCheck: false, exactOptionalPropertyTypes: true, outDir: module },
      };
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const compiled = run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], project, env);
      expect(compiled.stdout).toBe('');
      for (const name of ['program.mjs', 'program.cjs']) {
        const program = run(process.execPath, ['--no-warnings', join(module, name)], project, env);
        expect(program.stdout, program.stderr).toBe('function\n'.repeat(Object.keys(asked).length));
      }
    }
  }, 240_000);
});

function findOnPath(tool: string): string | undefined {
  const folders = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((path) => join(path, tool)).find((path) => existsSync(path));
}
