// Makes what is published: `node scripts/packages.mjs [--all] [out]` (npm run packages), packages/*.tgz, their names in
// packages/list.json, in the order of publishing. The package itself holds no engine: each platform's is a package of its own
// (fprinciple-linux-x64-gnu), an optional dependency that npm installs where it fits. The addons are those in bindings/, as
// builds leave them and workflows bring them; --all refuses to go on where one of package.json's `napi.targets` is missing.
// The addon with CUDA is a package of its own too, which nobody installs unasked. What is built is what is packed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const write = (path, content) => writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);

function run(command, args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (error || status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

/**
 * The packages as archives in `out`.
 * @param everything whether every platform's addon has to be there
 * @returns the archives' names, platforms first: the package itself is published when all that it asks for is there
 */
function makePackages(out, everything = false) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const manifest = read(join(root, 'package.json'));
  const { name: own, version, license, keywords, repository, engines } = manifest;
  const common = { version, license, ...(keywords && { keywords }), ...(repository && { repository }), engines };
  const platforms = join(out, 'platforms');
  // It makes folders beside the manifest that it reads only.
  write(join(out, 'package.json'), manifest);
  run('npx', ['napi', 'create-npm-dirs', '--cwd', out, '--npm-dir', 'platforms']);
  const names = readdirSync(platforms).sort();
  const missing = names.filter((name) => !existsSync(join(root, addonOf(name))));
  if (everything && missing.length > 0) throw new Error(`the addons for ${missing.join(', ')} are not in bindings/`);

  const pack = (folder) =>
    JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], folder))[0];
  const archives = [];
  for (const name of names.filter((one) => !missing.includes(one))) {
    const folder = join(platforms, name);
    copyFileSync(join(root, addonOf(name)), join(folder, `${own}.${name}.node`));
    copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    const path = join(folder, 'package.json');
    const description = `The engine of ${own} for ${name}: installed with it`;
    const { name: full, os, cpu, libc, main } = read(path);
    write(path, { name: full, ...common, description, main, files: [main], os, cpu, ...(libc && { libc }) });
    writeFileSync(join(folder, 'README.md'), `# ${full}\n\n${description}.\n`);
    archives.push(pack(folder).filename);
  }

  const cuda = join(root, 'bindings/cuda', `${own}.linux-x64-gnu.node`);
  if (existsSync(cuda)) {
    const folder = join(out, 'cuda');
    mkdirSync(folder);
    const main = `${own}-cuda.node`;
    copyFileSync(cuda, join(folder, main));
    copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    const description = `The engine of ${own} with CUDA: trainings on NVIDIA GPUs, device: 'cuda'`;
    const fits = { os: ['linux'], cpu: ['x64'], libc: ['glibc'] };
    write(join(folder, 'package.json'), {
      name: `${own}-cuda-linux-x64`,
      ...common,
      description,
      main,
      files: [main],
      ...fits,
    });
    writeFileSync(join(folder, 'README.md'), `# ${own}-cuda-linux-x64\n\n${description}.\n`);
    archives.push(pack(folder).filename);
  }

  // What npm would pack of this folder, with the manifest of an installed package: no development, but the platforms.
  const staged = join(out, 'package');
  const [{ files }] = JSON.parse(run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts']));
  for (const { path } of files) {
    mkdirSync(dirname(join(staged, path)), { recursive: true });
    copyFileSync(join(root, path), join(staged, path));
  }
  const { devDependencies: _, scripts: __, overrides: ___, ...published } = manifest;
  const optionalDependencies = Object.fromEntries(names.map((name) => [`${own}-${name}`, version]));
  write(join(staged, 'package.json'), { ...published, optionalDependencies });
  archives.push(pack(staged).filename);
  write(join(out, 'list.json'), archives);
  return archives;
}

const addonOf = (platform) => `bindings/fprinciple.${platform}.node`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2).filter((argument) => argument !== '--all');
  const out = resolve(folder ?? join(root, 'packages'));
  for (const archive of makePackages(out, process.argv.includes('--all'))) console.log(join(out, archive));
}
