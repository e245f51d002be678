/** Options that say how runs are done, common to beginning a sweep and going on with it. */
import { type Command, InvalidArgumentError } from 'commander';
import { type ConductOptions, type ExecutorName, executors } from '../sweeps/executors/conduct.js';

export interface QueueFlags {
  redis?: string;
  redisCa?: string;
  queue?: string;
}

export interface WorkOptions extends QueueFlags {
  executor: ExecutorName;
  lanes?: number;
  memory?: number;
  retries: number;
  shared?: boolean;
  batch?: number;
  tasks?: number;
  sbatch?: string;
  track: string[];
  json?: boolean;
}

/** How a queue is reached. */
export function queueFlags(command: Command): Command {
  return command
    .option('--redis <url>', 'redis://[user:password@]host:port, rediss:// for TLS (default: FPRINCIPLE_REDIS)', hidden)
    .option('--redis-ca <file>', "the certificate authority of the server's certificate (default: FPRINCIPLE_REDIS_CA)")
    .option('--queue <name>', 'the queue, where there are several');
}

/** Takes a password out of the list of processes; in the environment it is not even there while this program starts. */
function hidden(url: string): string {
  if (URL.canParse(url) && new URL(url).password !== '') process.title = 'fprinciple';
  return url;
}

export function workOptions(command: Command): Command {
  command
    .option('--executor <name>', `where the runs are done: ${executors.join(', ')}`, 'local')
    .option('--lanes <n>', 'runs at once on a machine (default: its cores)', whole)
    .option('--memory <GiB>', 'what the runs of a machine may take together (default: 0.8 of what is free)', positive)
    .option('--retries <n>', 'how often a failed run is tried again', nonNegative, 0);
  return queueFlags(command)
    .option('--shared', "bullmq: the workers have the sweep's folder under the same path and write results there")
    .option('--batch <n>', 'bullmq: runs a job (default: about a second of work)', whole)
    .option('--tasks <n>', 'slurm: workers in the array (default 4)', whole)
    .option('--sbatch <options>', 'slurm: more options, for instance "--partition=long --mem=2G --cpus-per-task=8"')
    .option(
      '--track <where>',
      'show results there too: tensorboard, tensorboard=DIR or mlflow=URL; repeatable',
      (where, before: string[]) => [...before, where],
      [],
    )
    .option('--json', 'print the outcome as JSON');
}

/** The options in the form that the library takes. */
export function conductOptions(options: WorkOptions): ConductOptions {
  const { executor, lanes, memory, retries, redis, redisCa, queue, shared, batch, tasks, sbatch, track } = options;
  return {
    executor,
    retries,
    redis,
    redisCa,
    queue,
    shared,
    batch,
    tasks,
    sbatch,
    track,
    ...(lanes !== undefined && { lanes }),
    ...(memory !== undefined && { memoryLimit: memory * 2 ** 30 }),
  };
}

export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a positive number.');
}

export function whole(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected 1, 2, 3, ...');
}

export function nonNegative(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected 0, 1, 2, ...');
}
