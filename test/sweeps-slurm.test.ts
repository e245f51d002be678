import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { halved, plain, undisturbed } from './support/chaos.js';
import { killNode } from './support/chaos-slurm.js';
import { fprinciple } from './support/cli.js';
import { noSlurm, SlurmCluster } from './support/slurm.js';

if (noSlurm !== undefined && process.env.FPRINCIPLE_TEST_CLUSTERS)
  throw new Error(`${noSlurm}, and CI must not skip these tests`);
if (noSlurm !== undefined) console.warn(`sweeps on Slurm are not tested: ${noSlurm}`);

let folder: string;
let cluster: SlurmCluster;
let expected: Map<string, string>;

describe.skipIf(noSlurm !== undefined)('a sweep on Slurm', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fprinciple-slurm-'));
    cluster = new SlurmCluster(join(folder, 'cluster'));
    await cluster.start();
    expected = await undisturbed(folder);
  }, 300_000);
  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('an array that no node can run: the command says why it waits, and leaves nothing behind', async () => {
    const env = cluster.environment;
    const impossible = ['--executor', 'slurm', '--tasks', '2', '--sbatch', '--mem=100 --cpus-per-task=64'];
    let interrupted = false;
    const { code, stderr } = await fprinciple(
      [...plain.arguments, ...impossible, '--out', join(folder, 'impossible')],
      {
        env,
        during: (child, said) => {
          if (!interrupted && /waits for Slurm/.test(said)) interrupted = child.kill('SIGINT');
        },
      },
    );
    // Slurm refuses such an array at once, or keeps it waiting, as it is configured.
    if (interrupted) {
      expect([code, stderr]).toEqual([
        130,
        expect.stringMatching(/waits for Slurm \(.+: no node of the partition has/),
      ]);
    } else expect([code, stderr]).toEqual([4, expect.stringMatching(/sbatch: .*configuration is not available/)]);
    const { stdout } = spawnSync('squeue', ['-h'], { env, encoding: 'utf8' });
    expect(stdout.trim()).toBe('');
  }, 120_000);

  it('a node that is killed, three times: exactly 1,000 results, each that of an undisturbed sweep', async () => {
    for (let i = 0; i < 3; i++) await killNode(join(folder, `node-${i}`), expected, cluster);
  }, 900_000);

  it('a node that is killed in a halving: the same decisions, each result that of an undisturbed sweep', async () => {
    await killNode(join(folder, 'halving'), await undisturbed(folder, halved), cluster, halved);
  }, 300_000);
});
