// What is too slow for every change: the long run of the fuzzer, the sanitizers, and sweeps whose processes are killed.
// The last line is `N passed, N failed`; its last result stands in bench/README.md. `-- sanitizers` runs a part alone.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepare, say } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const host = /^host: (.*)$/m.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? '';

/** The threads and the memory of `compute`, `spectra` and `nets`, instrumented; what is not instrumented (std) is left out by name. */
const sanitizer = (kind) => ({
  name: `sanitizers: ${kind}`,
  command: 'cargo',
  // The allocator's own test asks glibc what the sanitizer's allocator has taken the place of.
  args: [
    'test',
    '--no-fail-fast',
    ...['-p', 'compute', '-p', 'spectra', '-p', 'nets', '--lib'],
    '--target',
    host,
    '--target-dir',
    `target/${kind}`,
    '--',
    '--skip',
    'allocator',
  ],
  env: {
    RUSTC_BOOTSTRAP: '1',
    RUSTFLAGS: `-Zsanitizer=${kind} -Cunsafe-allow-abi-mismatch=sanitizer`,
    // The helpers live as long as the process.
    ASAN_OPTIONS: 'detect_leaks=0',
    TSAN_OPTIONS: `suppressions=${root}scripts/thread-sanitizer.txt`,
  },
});

/** The files of property tests, by what they import. */
const propertyTests = readdirSync(`${root}test`)
  .filter(
    (name) => name.endsWith('.test.ts') && readFileSync(`${root}test/${name}`, 'utf8').includes("from 'fast-check'"),
  )
  .map((name) => `test/${name}`);

const parts = [
  { name: 'fuzz', command: 'npx', args: ['tsx', 'test/fuzz/main.ts', '100000'] },
  {
    name: 'properties',
    command: 'npx',
    args: ['vitest', 'run', ...propertyTests],
    env: { FPRINCIPLE_TEST_SEED: 'random', FPRINCIPLE_TEST_CASES: '2000' },
  },
  sanitizer('thread'),
  sanitizer('address'),
  { name: 'chaos', command: 'npx', args: ['tsx', 'bench/chaos.ts'] },
];

prepare();
const wanted = process.argv[2];
let passed = 0;
let failed = 0;
for (const { name, command, args, env } of parts.filter(
  (part) => wanted === undefined || part.name.startsWith(wanted),
)) {
  say(`${name}: ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status === 0) passed++;
  else failed++;
  say(`${name}: ${status === 0 ? 'passed' : 'failed'}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
