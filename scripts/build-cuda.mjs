// Builds the addon with CUDA into bindings/cuda: where nvcc is, with or without a GPU (about ten minutes: the kernels).
// CUDA is looked for in CUDA_HOME, on the PATH and in /usr/local/cuda; CUDA_COMPUTE_CAP names the oldest GPU it is for
// (80: A100, 86: RTX 30, 89: RTX 40, 90: H100), default: that of this machine, or 80.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const link = join(root, 'target', 'cuda-link');

function stop(message) {
  say(message);
  process.exit(1);
}

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error || status !== 0) stop(`${command} ${args.join(' ')} failed${error ? ` (${error.message})` : ''}`);
}

/** The folder that holds bin/nvcc. */
function toolkit() {
  const { CUDA_HOME, CUDA_PATH, CUDA_ROOT, PATH = '' } = process.env;
  const onPath = PATH.split(delimiter).map(dirname);
  const places = [CUDA_HOME, CUDA_PATH, CUDA_ROOT, ...onPath, '/usr/local/cuda'].filter(Boolean);
  return places.find((place) => existsSync(join(place, 'bin', 'nvcc')));
}

/** The first of the files that exists. */
const first = (folders, name) => folders.map((folder) => join(folder, name)).find(existsSync);

/** Puts the libraries that the link asks for under their plain names into one folder. */
function libraries(cuda) {
  const folders = ['lib64', 'lib', 'targets/x86_64-linux/lib', 'targets/sbsa-linux/lib']
    .map((name) => join(cuda, name))
    .filter(existsSync);
  rmSync(link, { recursive: true, force: true });
  mkdirSync(link, { recursive: true });
  for (const name of ['nvrtc', 'curand', 'cublas', 'cublasLt', 'cudart']) {
    // Python's packages hold the versioned file only.
    const versioned = folders
      .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
      .find((file) => new RegExp(`/lib${name}\\.so\\.\\d+$`).test(file));
    const found = first(folders, `lib${name}.so`) ?? versioned;
    if (!found) stop(`lib${name}.so is not in ${folders.join(', ')}: install CUDA's development libraries.`);
    symlinkSync(found, join(link, `lib${name}.so`));
  }
  const stubs = folders.map((folder) => join(folder, 'stubs'));
  const driver = first([...stubs, '/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'], 'libcuda.so');
  if (driver) symlinkSync(driver, join(link, 'libcuda.so'));
  else driverStub(cuda);
}

/**
 * A stand-in for the driver's library, which comes with the driver only: every function of cuda.h, each saying
 * CUDA_ERROR_NO_DEVICE. The link needs the names; where the addon runs, the driver's own library is found.
 */
function driverStub(cuda) {
  const header = join(cuda, 'include', 'cuda.h');
  if (!existsSync(header)) stop(`${header} is missing: install CUDA's headers.`);
  const names = new Set(readFileSync(header, 'utf8').match(/\bcu[A-Z]\w+/g));
  const source = join(link, 'stub.c');
  writeFileSync(source, [...names].map((name) => `int ${name}(void) { return 100; }\n`).join(''));
  run('cc', ['-shared', '-fPIC', '-w', '-Wl,-soname,libcuda.so.1', '-o', join(link, 'libcuda.so.1'), source]);
  symlinkSync('libcuda.so.1', join(link, 'libcuda.so'));
}

const cuda = toolkit();
if (!cuda) {
  stop(
    'There is no nvcc in CUDA_HOME, on the PATH or in /usr/local/cuda.\n' +
      "Install NVIDIA's CUDA toolkit (12.4 or newer), set CUDA_HOME to its folder, and run this again.",
  );
}
if (process.platform !== 'linux') stop('The addon with CUDA is built on Linux.');
libraries(cuda);
const gpu = spawnSync('nvidia-smi', ['-L']).status === 0;
const env = {
  ...(gpu ? {} : { CUDA_COMPUTE_CAP: '80' }),
  ...process.env,
  CUDA_HOME: cuda,
  CUDA_PATH: cuda,
  CUDA_ROOT: cuda,
  PATH: `${join(cuda, 'bin')}${delimiter}${process.env.PATH}`,
  LIBRARY_PATH: [link, process.env.LIBRARY_PATH].filter(Boolean).join(delimiter),
};
say(`Building the addon with CUDA from ${cuda} (about ten minutes the first time) ...`);
const where = ['--manifest-path', 'crates/addon/Cargo.toml', '--output-dir', 'bindings/cuda'];
const files = ['--js', 'index.cjs', '--dts', 'index.d.cts'];
run('npx', ['napi', 'build', '--release', '--platform', ...files, ...where, '--features', 'cuda'], env);
say('Built bindings/cuda. `npx fprinciple doctor` says whether a GPU can be used here.');
