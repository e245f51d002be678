/** A registry of packages on this machine: what is published there is kept, everything else comes from npm's. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { root } from './cli.js';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

export interface Registry {
  url: string;
  /** Whether npm's own can be reached through it. */
  reaches(name: string): Promise<boolean>;
  publish(archive: string): void;
  close(): Promise<void>;
}

/** Starts one in an empty `folder`. */
export async function startRegistry(folder: string): Promise<Registry> {
  await mkdir(folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const outside = spawnSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' }).stdout.trim();
  const config = {
    storage: join(folder, 'storage'),
    uplinks: { npm: { url: outside, maxage: '1h', timeout: '60s' } },
    packages: {
      'fprinciple*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'npm' },
    },
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    max_body_size: '200mb',
    log: { type: 'stdout', format: 'pretty', level: 'error' },
    web: { enable: false },
  };
  // JSON is YAML.
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config));
  // npm does not publish without a token; this one names nobody.
  await writeFile(join(folder, '.npmrc'), `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\n`);
  const verdaccio = join(root, 'node_modules/verdaccio/bin/verdaccio');
  const args = [verdaccio, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`];
  const server = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  await answers(`${url}-/ping`, server);
  return {
    url,
    reaches: async (name) => (await fetch(url + name)).ok,
    publish: (archive) => {
      const done = spawnSync('npm', ['publish', '--tag', 'latest', archive], { cwd: folder, encoding: 'utf8' });
      if (done.status !== 0) throw new Error(`npm publish ${archive}: ${done.stderr}`);
    },
    close: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill();
      await ended;
    },
  };
}

/** Waits until the server answers. */
async function answers(url: string, server: ChildProcess): Promise<void> {
  const until = Date.now() + 60_000;
  while (Date.now() < until && server.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  server.kill();
  throw new Error('the registry did not start');
}
