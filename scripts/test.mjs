// All tests: the crates' (cargo) and the package's (vitest). The last line is `N passed, N failed`.
// Arguments go to vitest: `npm test -- test/data.test.ts` runs one file of it, and not the crates.
// `--lint` (`npm run check`) looks at formats, lints and types first; each of these counts as a test.
// With FPRINCIPLE_TEST_CANDLE set (as in CI), the candle engine is tested too: candle takes minutes to compile.
// With FPRINCIPLE_TEST_PLAYGROUND set (as in CI), the playground is built first: its tests need Rust's target for WebAssembly.
// With FPRINCIPLE_TEST_CHECKED set (as in CI), the crates are tested with debug assertions and overflow checks.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare, say } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const shell = process.platform === 'win32';
const lint = process.argv.includes('--lint');
const chosen = process.argv.slice(2).filter((argument) => argument !== '--lint');

/** Runs a command, its output passed on and given to `read` as it comes. */
function run(command, args, read = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['inherit', 'pipe', 'inherit'],
      shell,
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      read(chunk.toString());
    });
    child.on('error', () => resolve(1));
    child.on('close', (status) => resolve(status ?? 1));
  });
}

prepare();
let passed = 0;
let failed = 0;
let broken = false;
/** What failed outside the two test runners' own lists: named again at the end, where whoever sees only that looks. */
const failures = [];
const lints = [
  ['cargo', 'fmt', '--check'],
  ['cargo', 'clippy', '--release', '--all-targets', '--', '-D', 'warnings'],
  ['npx', 'biome', 'check', '.'],
  ['npx', 'tsc', '--noEmit'],
  ['npx', 'depcruise', '--config', '.dependency-cruiser.mjs', 'src'],
  ['node', 'scripts/check-crates.mjs'],
];
// The addon has just been built: its loader and declarations are those of the tree, or the tree's are stale.
if (existsSync(join(root, '.git'))) lints.push(['git', 'diff', '--exit-code', '--stat', '--', 'bindings']);
for (const [command, ...args] of lint ? lints : []) {
  if ((await run(command, args)) === 0) passed++;
  else {
    failed++;
    failures.push(`${command} ${args.join(' ')}`);
  }
}
if (process.env.FPRINCIPLE_TEST_PLAYGROUND && (await run('node', ['scripts/playground.mjs'])) !== 0) {
  broken = true;
  failures.push('node scripts/playground.mjs');
}
if (chosen.length === 0) {
  let text = '';
  // `napi build` passes --target: with the same one the tests use the crates that it has compiled.
  const host = /^host: (.*)$/m.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8', shell }).stdout ?? '');
  const target = host ? ['--target', host[1].trim()] : [];
  const checked = process.env.FPRINCIPLE_TEST_CHECKED ? ['--config', 'crates/checked.toml'] : [];
  const runs = [checked];
  // The machine code is judged as it is released.
  if (checked.length > 0) runs.push(['--test', 'cpu', 'registers']);
  if (process.env.FPRINCIPLE_TEST_CANDLE) runs.push([...checked, '-p', 'nets-candle']);
  for (const own of runs) {
    const tested = ['test', '--no-fail-fast', '--release', ...target, ...own];
    const status = await run('cargo', tested, (chunk) => {
      text += chunk;
    });
    broken ||= status !== 0;
    if (status !== 0) failures.push(`cargo ${tested.join(' ')}`);
  }
  for (const [, name] of text.matchAll(/^test (.*) \.\.\. FAILED$/gm)) failures.push(name);
  for (const [, ok, bad] of text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)) {
    passed += Number(ok);
    failed += Number(bad);
  }
}
const report = join(tmpdir(), `fprinciple-tests-${process.pid}.json`);
const status = await run('npx', [
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...chosen,
]);
try {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  failed += numFailedTests;
  for (const { name, assertionResults, status, message } of testResults) {
    for (const test of assertionResults) if (test.status === 'failed') failures.push(`${name}: ${test.fullName}`);
    if (status === 'failed' && message) failures.push(`${name}: ${message}`);
  }
} catch {
  broken = true;
} finally {
  rmSync(report, { force: true });
}
broken ||= status !== 0;
// A test file that could not even be loaded, or a crate that did not compile, has no failed test to count.
if (broken && failed === 0) {
  say('Something failed outside a test: see above.');
  failed = 1;
}
for (const failure of failures) say(`failed: ${failure}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
