/** A script of a test's own in another process or thread, on this package's source. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './cli.js';

/** Node's options that let a script import TypeScript. */
const typescript = ['--import', import.meta.resolve('tsx')];

/** Writes `text` to a file of its own, `fprinciple` in it standing for this package, and removes it after `use`. */
export async function withScript<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'fprinciple-script-'));
  try {
    const path = join(folder, 'script.mjs');
    await writeFile(path, text.replaceAll("'fprinciple'", JSON.stringify(pathToFileURL(`${root}src/index.ts`).href)));
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface ScriptEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** From the first word on stdout to the end. */
  seconds: number;
}

/** How a script is run. */
export interface ScriptOptions {
  /** Node's own. */
  options?: string[];
  /** Hears of its first word on stdout. */
  onWord?: (child: ChildProcess) => void;
  /** Its environment; that of this process. */
  env?: NodeJS.ProcessEnv;
  /** `ulimit -d`, in GiB. */
  data?: number;
}

/** Runs a script. */
export function runScript(
  text: string,
  { options = [], env = process.env, onWord, data }: ScriptOptions = {},
): Promise<ScriptEnd> {
  return withScript(
    text,
    (path) =>
      new Promise((resolve, reject) => {
        const node = [process.execPath, ...options, ...typescript, path];
        const limited = ['bash', '-c', `ulimit -d ${(data ?? 0) * 2 ** 20} && exec "$0" "$@"`, ...node];
        const [command = '', ...rest] = data === undefined ? node : limited;
        const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
        const end = { stdout: '', stderr: '' };
        let begun = 0;
        child.stdout.on('data', (chunk: Buffer) => {
          end.stdout += chunk.toString();
          if (begun > 0) return;
          begun = performance.now();
          onWord?.(child);
        });
        child.stderr.on('data', (chunk: Buffer) => {
          end.stderr += chunk.toString();
        });
        child.on('error', reject);
        child.on('close', (code, signal) => {
          resolve({ ...end, code, signal, seconds: (performance.now() - begun) / 1000 });
        });
      }),
  );
}
