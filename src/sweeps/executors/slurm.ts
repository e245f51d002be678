/**
 * The executor for a Slurm cluster: an array of long-lived workers, started once.
 *
 * With Redis they drain the queue. Without, they are workers on the sweep's folder (`folder-worker`), so that a node that dies
 * leaves its runs to those that live; this process watches the folder, lets Slurm begin requeued tasks at once, and starts a
 * new array should all have ended with runs left.
 */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { isPath } from '../../runs/find.js';
import type { Store } from '../folder/store.js';
import { thisEngine } from '../plan/plan.js';
import { loadQueue } from './load-queue.js';
import { entryPoint } from './process.js';
import type { QueueOptions } from './queue-options.js';
import type { Session } from './session.js';

export interface SlurmOptions extends QueueOptions {
  /** Workers in the array. Default 4. */
  tasks?: number | undefined;
  /** More options for sbatch, for instance `--partition=long --mem=2G --cpus-per-task=8`. */
  sbatch?: string | undefined;
  /** How often a task tries a failed run again. */
  retries?: number;
}

/** `slurm.json`: the array that works on the sweep. */
interface SlurmState {
  job: string;
}

/** The array that was begun for the sweep: a number, and nothing that Slurm's commands would take for an option. */
async function knownArray(store: Store): Promise<string | undefined> {
  const state: unknown = await store.readJson('slurm.json');
  const job = typeof state === 'object' && state !== null && 'job' in state ? state.job : undefined;
  return typeof job === 'string' && /^\d+$/.test(job) ? job : undefined;
}

/** How many arrays one command starts before it gives up. */
const arrays = 3;
const lookEvery = 500;
const askEvery = 5000;

export async function runOnSlurm(session: Session, options: SlurmOptions): Promise<void> {
  const { store } = session;
  const queued = options.redis !== undefined || Boolean(process.env.FPRINCIPLE_REDIS);
  let job = await knownArray(store);
  if (job !== undefined && !(await isActive(job))) job = undefined;
  const begin = async (): Promise<string> => {
    const submitted = await submit(session, options, queued);
    await store.writeJson('slurm.json', { job: submitted } satisfies SlurmState);
    await store.log(`slurm: array ${submitted} submitted`);
    return submitted;
  };
  try {
    job ??= await begin();
    if (queued) await (await loadQueue()).runOnQueue(session, options);
    else await watch();
  } finally {
    // Whether all is done or the sweep was stopped: nobody needs the workers any more.
    if (job !== undefined) await slurm('scancel', [job]).catch(() => undefined);
  }

  async function watch(): Promise<void> {
    let started = 1;
    let asked = Date.now();
    while (session.open.size > 0) {
      if (session.signal.aborted) throw new FprincipleError('ABORTED', 'the sweep was stopped');
      await session.lookForOthers();
      if (session.open.size > 0) await new Promise((resolve) => setTimeout(resolve, lookEvery));
      if (Date.now() - asked < askEvery) continue;
      asked = Date.now();
      const tasks = await tasksOf(job!);
      session.running(tasks.filter(({ state }) => state === 'RUNNING').length);
      // Slurm holds a requeued task back for two minutes.
      for (const { id, reason } of tasks) {
        if (reason === 'BeginTime') await slurm('scontrol', ['update', `jobid=${id}`, 'StartTime=now']).catch(() => '');
      }
      const active = tasks.some(({ state }) => state !== 'COMPLETED' && state !== 'FAILED');
      session.note(active && !tasks.some(({ state }) => state === 'RUNNING') ? waitingFor(job!, tasks) : undefined);
      if (active) continue;
      await session.lookForOthers();
      if (session.open.size === 0) return;
      if (started++ >= arrays) {
        throw new FprincipleError(
          'IO',
          `${arrays} arrays of Slurm have ended and ${session.open.size} runs are missing: see fprinciple sweep logs ${store.folder}`,
        );
      }
      job = await begin();
    }
  }
}

/** Ends the array that works on the sweep, where there is one. */
export async function cancelOnSlurm(store: Store): Promise<void> {
  const job = await knownArray(store);
  if (job !== undefined) await slurm('scancel', [job]).catch(() => undefined);
}

async function submit({ store, subject }: Session, options: SlurmOptions, queued: boolean): Promise<string> {
  const { tasks = 4, sbatch = '', redis, redisCa, queue, retries = 0 } = options;
  const { path, options: node } = entryPoint('cli/main');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  const lanes = '--lanes "${SLURM_CPUS_PER_TASK:-1}"';
  const file = subject.reference !== undefined && isPath(subject.reference) ? `${quote(subject.reference)} ` : '';
  const task = queued
    ? `worker ${file}${lanes}${queue === undefined ? '' : ` --queue ${quote(queue)}`}`
    : `worker --folder ${quote(store.folder)} --until-done --retries ${retries} ${lanes}`;
  const command = [process.execPath, ...node, path].map(quote).join(' ');
  const script = `#!/bin/sh\nexport FPRINCIPLE_SIMD=${thisEngine().simd}\nexec ${command} ${task}\n`;
  const given = words(sbatch);
  const args = [
    '--parsable',
    '--requeue',
    '--open-mode=append',
    `--array=0-${tasks - 1}`,
    '--job-name=fprinciple',
    `--output=${join(store.folder, 'logs', 'slurm-%A-%a.out')}`,
    ...given,
  ];
  // Credentials travel in the environment: neither the script nor the job's options show them.
  const env = {
    ...process.env,
    ...(redis !== undefined && { FPRINCIPLE_REDIS: redis }),
    ...(redisCa !== undefined && { FPRINCIPLE_REDIS_CA: redisCa }),
  };
  const answer = await slurm('sbatch', args, script, env);
  return answer.trim().split(';')[0]!;
}

/** One word as a shell reads it: plain letters, what a backslash holds, single quotes, double quotes. */
const word = /(?:[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/y;
/** What of a word stands for itself once its quotes are taken away. */
const piece = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^'"\\]+)/g;

/** Options as a shell would split them: quotes and backslashes hold words together. @throws `INVALID_ARGUMENT` */
export function words(options: string): string[] {
  const found: string[] = [];
  for (let at = options.search(/\S/); at >= 0 && at < options.length; ) {
    word.lastIndex = at;
    const [text] = word.exec(options) ?? [];
    if (text === undefined) {
      const why = 'expected options as a shell takes them, with every quote closed';
      throw invalidArgument(`--sbatch: ${why}, got ${JSON.stringify(options)}`);
    }
    const pieces = [...text.matchAll(piece)].map(
      ([, single, double, escaped, plain]) => single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '',
    );
    found.push(pieces.join(''));
    at = word.lastIndex;
    while (at < options.length && /\s/.test(options.charAt(at))) at++;
  }
  return found;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The array's tasks that Slurm still knows. */
async function tasksOf(job: string): Promise<{ id: string; state: string; reason: string }[]> {
  const text = await slurm('squeue', ['-h', '-r', '-j', job, '-o', '%i %T %r']).catch((error: Error) => {
    // Slurm forgets ended jobs after some minutes.
    if (/Invalid job id/i.test(error.message)) return '';
    throw error;
  });
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id = '', state = '', reason = ''] = line.trim().split(/\s+/);
      return { id, state, reason };
    });
}

/** What an array that has not begun waits for, in Slurm's word; where nothing but the user can help, in a sentence. */
function waitingFor(job: string, tasks: readonly { state: string; reason: string }[]): string {
  const reason = tasks.find(({ state }) => state === 'PENDING')?.reason.replace(/[()]/g, '') ?? 'None';
  const impossible = ['PartitionConfig', 'PartitionNodeLimit', 'PartitionTimeLimit', 'BadConstraints'].includes(reason);
  const hint = impossible ? ': no node of the partition has what --sbatch asks for, so that this will not begin' : '';
  return `array ${job} waits for Slurm${reason === 'None' ? '' : ` (${reason}${hint})`}`;
}

const isActive = async (job: string): Promise<boolean> => (await tasksOf(job)).length > 0;

/** One of Slurm's commands. @throws `IO` where it is not installed or says no */
function slurm(command: string, args: string[], input?: string, env = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void => reject(new FprincipleError('IO', `${command}: ${why}`));
    if (input === undefined) {
      execFile(command, args, { env }, (error, stdout, stderr) =>
        error ? refuse(missing(error) ?? (stderr.trim() || error.message)) : resolve(stdout),
      );
      return;
    }
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on('error', (error) => refuse(missing(error) ?? error.message));
    child.on('close', (code) => (code === 0 ? resolve(out) : refuse(err.trim() || `exit code ${code}`)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const missing = (error: Error): string | undefined =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? "it is not installed: this is no login node of Slurm's"
    : undefined;
