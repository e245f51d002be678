import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as it was built, where nothing has changed since, else from its source. */
const entry = upToDate()
  ? [`${root}dist/cli/main.js`]
  : ['--import', import.meta.resolve('tsx'), `${root}src/cli/main.ts`];

function upToDate(): boolean {
  const built = statSync(`${root}dist/.built`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' });
  return files.every((file) => statSync(`${root}src/${file}`).mtimeMs <= built);
}

/** Starts the command line and leaves it to the caller; its output goes nowhere unless asked for. */
export function startFprinciple(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(process.execPath, [...entry, ...args], { stdio: 'ignore', ...options });
}

/** Runs the command line. `during` sees the child and what it has written to stderr so far; `closed`: nobody reads its output. */
export function fprinciple(
  args: readonly string[],
  {
    cwd,
    env = {},
    during,
    closed = false,
  }: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    during?: (child: ChildProcess, stderr: string) => void;
    closed?: boolean;
  } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...entry, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    if (closed) child.stdout.destroy();
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      during?.(child, stderr);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
