import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { undisturbed } from './support/chaos.js';
import { killNode } from './support/chaos-slurm.js';
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

  it('a node that is killed, three times: exactly 1,000 results, each that of an undisturbed sweep', async () => {
    for (let i = 0; i < 3; i++) await killNode(join(folder, `node-${i}`), expected, cluster);
  }, 900_000);
});
