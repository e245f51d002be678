/** Connections to Redis: address, password and TLS from a URL, and never a word of the password. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import type { RedisAddress } from './queue-options.js';

/** What a connection is made of. @throws `INVALID_ARGUMENT` without repeating a password */
export function redisOptions({ redis = process.env.FPRINCIPLE_REDIS, redisCa }: RedisAddress): RedisOptions {
  if (redis === undefined || redis === '') {
    throw invalidArgument('--redis: expected redis://host:port, or FPRINCIPLE_REDIS in the environment');
  }
  const url = URL.canParse(redis) ? new URL(redis) : undefined;
  const plain = url?.search === '' && url.hash === '';
  if (!url || !plain || !/^rediss?:$/.test(url.protocol) || !/^(\/\d*)?$/.test(url.pathname)) {
    throw invalidArgument('--redis: expected redis://[user:password@]host:port[/database], or rediss:// for TLS');
  }
  const ca = redisCa ?? process.env.FPRINCIPLE_REDIS_CA;
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(url.port || 6379),
    ...(url.username !== '' && { username: decoded(url.username, 'user name') }),
    ...(url.password !== '' && { password: decoded(url.password, 'password') }),
    ...(url.pathname.length > 1 && { db: Number(url.pathname.slice(1)) }),
    ...(url.protocol === 'rediss:' && { tls: ca ? { ca: authority(ca) } : {} }),
    // A queue waits for its server: it may be on its way back.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(200 * times, 2000),
  };
}

/** Percent signs of a URL undone. @throws `INVALID_ARGUMENT` for one that begins no code, without the text itself */
function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument(
      `--redis: the ${what} holds a % that begins no code: a percent sign is written %25 in an address`,
    );
  }
}

function authority(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new FprincipleError('IO', `--redis-ca: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** The server without credentials: what may be shown. */
export const redisName = ({ host, port, tls }: RedisOptions): string => `${tls ? 'rediss' : 'redis'}://${host}:${port}`;

/** Seconds after which a server that does not answer at the start counts as unreachable. */
const patience = 8000;

/** A connection that answers. @throws `IO` where there is no server, it refuses the password, or it evicts keys */
export async function connect(options: RedisOptions): Promise<Redis> {
  const client = new Redis({ ...options, lazyConnect: true, retryStrategy: () => null, connectTimeout: patience });
  let reason: Error | undefined;
  let policy: string | undefined;
  client.on('error', (error: Error) => {
    reason = error;
  });
  try {
    await client.connect();
    policy = /maxmemory_policy:(\S+)/.exec(await client.info('memory'))?.[1];
  } catch (cause) {
    client.disconnect();
    const why = (reason ?? (cause as Error)).message || String(cause);
    throw new FprincipleError('IO', `${redisName(options)} cannot be reached: ${why}`);
  }
  client.disconnect();
  if (policy?.startsWith('allkeys')) {
    const message = `${redisName(options)} throws keys away when it is full: expected maxmemory-policy noeviction, got ${policy}`;
    throw new FprincipleError('IO', message);
  }
  const lasting = new Redis(options);
  // Errors of a lasting connection are followed by a new try; whoever waits says so.
  lasting.on('error', () => undefined);
  return lasting;
}

/** Whether an error is the server's own refusal of a command. */
const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/** Such a refusal in a sentence; any other error as it is. */
export const queueError = (error: unknown, queue: string): unknown =>
  isReply(error)
    ? new FprincipleError('IO', `queue ${queue}: ${error.message} (another --queue begins afresh)`, { cause: error })
    : error;

/** Renames a key of which the server says that it is of another type than this package makes it. */
export async function makeWay(client: Redis, key: string, error: unknown): Promise<boolean> {
  if (!isReply(error) || !error.message.startsWith('WRONGTYPE')) return false;
  await client.rename(key, `fprinciple:aside:${key}:${Date.now()}`).catch(() => undefined);
  return true;
}

/** The same for BullMQ, whose type of it differs from ioredis' in what may be undefined. */
export const queueConnection = (options: RedisOptions): ConnectionOptions => options as unknown as ConnectionOptions;
