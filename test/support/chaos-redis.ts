/** Accidents of a sweep on a queue. Each gives how many results there were, and rejects when one is missing or differs. */
import { type Chaos, ended, kill9, pause, plain, randomMoment, resumeAndCompare } from './chaos.js';
import { startFprinciple } from './cli.js';
import type { RedisServer } from './redis.js';

export type Accident = (
  out: string,
  expected: ReadonlyMap<string, string>,
  server: RedisServer,
  chaos?: Chaos,
) => Promise<number>;

const begin = (out: string, env: NodeJS.ProcessEnv, chaos: Chaos) =>
  startFprinciple([...chaos.arguments, '--executor', 'bullmq', '--batch', '10', '--out', out], { env });

const environment = (server: RedisServer) => ({ ...process.env, FPRINCIPLE_REDIS: server.url });

/** One of two workers. */
export const killWorker: Accident = async (out, expected, server, chaos = plain) => {
  const env = environment(server);
  const workers = [0, 1].map(() => startFprinciple(['worker', '--lanes', '1'], { env }));
  try {
    const command = begin(out, env, chaos);
    const at = await randomMoment(out, command, chaos);
    await kill9(workers[0]!);
    await ended(command);
    await resumeAndCompare(out, expected, ['--executor', 'bullmq'], env, chaos);
    return at;
  } finally {
    await Promise.all(workers.map(kill9));
  }
};

/** The command; its worker lives. */
export const killCommand: Accident = async (out, expected, server, chaos = plain) => {
  const env = environment(server);
  const worker = startFprinciple(['worker', '--lanes', '1'], { env });
  try {
    const command = begin(out, env, chaos);
    const at = await randomMoment(out, command, chaos);
    await kill9(command);
    await resumeAndCompare(out, expected, ['--executor', 'bullmq'], env, chaos);
    return at;
  } finally {
    await kill9(worker);
  }
};

/** Redis, started again with its append-only file half a second later. */
export const killRedis: Accident = async (out, expected, server, chaos = plain) => {
  const env = environment(server);
  const worker = startFprinciple(['worker', '--lanes', '1'], { env });
  try {
    const command = begin(out, env, chaos);
    const at = await randomMoment(out, command, chaos);
    await server.kill();
    await pause(500);
    await server.start();
    await ended(command);
    await resumeAndCompare(out, expected, ['--executor', 'bullmq'], env, chaos);
    return at;
  } finally {
    await kill9(worker);
  }
};
