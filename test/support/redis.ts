/** A real redis-server on loopback, with its append-only file, that can be killed and started again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { ended, kill9, pause } from './chaos.js';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });

export class RedisServer {
  #child: ChildProcess | undefined;

  constructor(
    readonly folder: string,
    readonly port: number,
    readonly password: string,
    readonly options: readonly string[] = [],
  ) {}

  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const settings = ['--dir', this.folder, '--bind', '127.0.0.1', '--save', '', '--requirepass', this.password];
    const durable = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
    const listen = this.options.length > 0 ? this.options : ['--port', String(this.port)];
    this.#child = spawn('redis-server', [...settings, ...durable, ...listen], { stdio: 'ignore' });
    while (!(await answers(this.port))) await pause(50);
    // It answers before it has read its append-only file.
    for (;;) {
      const client = new Redis(this.url, { lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => undefined);
      const ready =
        this.options.length > 0 ||
        (await client
          .connect()
          .then(() => client.ping())
          .then(
            () => true,
            () => false,
          ));
      client.disconnect();
      if (ready) return;
      await pause(50);
    }
  }

  async kill(): Promise<void> {
    if (this.#child) await kill9(this.#child);
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    if (this.#child) await ended(this.#child);
  }
}
