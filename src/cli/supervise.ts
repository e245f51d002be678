/**
 * Two processes for `fprinciple run`: one does the experiments, one waits for it and for Ctrl-C.
 *
 * An experiment may block its process for ever (a loop in JavaScript, a long call), which then hears nothing. The first
 * Ctrl-C asks it to stop, the second ends it; what it had begun to write goes with it.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { removeAbandoned } from '../runs/working.js';
import { exitCodes } from './exit.js';

const variable = 'FPRINCIPLE_SUPERVISED';

/** Milliseconds after which it is said how to end what does not stop, and after which SIGTERM does not wait any longer. */
const sayAfter = 1000;
const endAfter = 5000;

type FromChild = { kept: string };

/** Whether this process is the one that does the experiments (also where a debugger is attached: it stays one process). */
export function isSupervised(): boolean {
  return (
    process.execArgv.some((option) => option.startsWith('--inspect')) ||
    (process.env[variable] !== undefined &&
      process.env[variable] === String(process.ppid) &&
      process.send !== undefined)
  );
}

/** Runs this same command in a process of its own and ends as that ends; `out` is where it writes. */
export async function supervise(out: string, checkpoints: boolean): Promise<void> {
  const [, program = '', ...args] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [variable]: String(process.pid) },
  });
  const kept: string[] = [];
  child.on('message', (message: FromChild) => kept.push(message.kept));
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    asked++;
    if (asked > 1) {
      child.kill('SIGKILL');
      return;
    }
    child.send('stop', () => undefined);
    timer = setTimeout(() => process.stderr.write('\nstopping; Ctrl-C again ends it at once\n'), sayAfter);
  };
  const terminate = (): void => {
    ask();
    setTimeout(() => child.kill('SIGKILL'), endAfter).unref();
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', terminate);
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done, refuse) => {
    child.once('error', refuse);
    child.once('close', (code, signal) => done({ code, signal }));
  });
  clearTimeout(timer);
  process.off('SIGINT', ask);
  process.off('SIGTERM', terminate);
  // A process that was killed has not tidied up.
  if (signal !== null) await removeAbandoned(resolve(out)).catch(() => undefined);
  const interrupted = asked > 0 || signal === 'SIGINT';
  if (signal !== null) {
    process.stderr.write(
      interrupted
        ? 'stopped: the run did not answer and was ended\n'
        : `error: the process of the run was ended by ${signal}${signal === 'SIGKILL' ? ' (is memory short?)' : ''}\n`,
    );
  }
  if (interrupted) {
    if (kept.length > 0) process.stderr.write(`kept: ${kept.join(', ')}\n`);
    if (checkpoints) process.stderr.write('the same command goes on from what --checkpoint has saved\n');
  }
  process.exitCode = interrupted && signal !== null ? exitCodes.interrupted : (code ?? exitCodes.error);
}

/** The other side: hears when to stop, says what is kept, and never outlives the process that waits for it. */
export function underSupervision(stop: () => void): { kept: (folder: string) => void } {
  if (process.env[variable] === undefined || process.send === undefined) {
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    return { kept: () => undefined };
  }
  delete process.env[variable];
  // A terminal sends Ctrl-C to both: the other one decides.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('message', stop);
  process.on('disconnect', () => process.exit(exitCodes.interrupted));
  process.channel?.unref();
  // Where an experiment blocks the event loop, a thread notices that the other process is gone.
  const watch =
    "setInterval(() => process.ppid !== require('node:worker_threads').workerData && process.kill(process.pid, 'SIGKILL'), 500)";
  new Worker(watch, { eval: true, execArgv: [], workerData: process.ppid }).unref();
  return { kept: (folder) => void process.send?.({ kept: folder } satisfies FromChild) };
}
