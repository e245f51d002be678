import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chaosArguments, kill9, resumeAndCompare, undisturbed, until } from './support/chaos.js';
import { killNode, slurmOptions } from './support/chaos-slurm.js';
import { fprinciple, startFprinciple } from './support/cli.js';
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

  it('a command that is killed leaves its array; resume finds it and gives the undisturbed results', async () => {
    const out = join(folder, 'command');
    const env = cluster.environment;
    const command = startFprinciple([...chaosArguments, ...slurmOptions, '--out', out], { env });
    await until(out, 50, command);
    await kill9(command);
    await resumeAndCompare(out, expected, slurmOptions, env);
  }, 300_000);

  it('a node that is killed, three times: exactly 1,000 results, each that of an undisturbed sweep', async () => {
    for (let i = 0; i < 3; i++) await killNode(join(folder, `node-${i}`), expected, cluster);
  }, 900_000);

  it('failures come back with their errors; where there is no Slurm it says so', async () => {
    const args = [
      'sweep',
      'training',
      '--set',
      'steps=10',
      '--grid',
      'loss=mse,nonsense',
      '--out',
      join(folder, 'failing'),
    ];
    const ran = await fprinciple([...args, ...slurmOptions], { env: cluster.environment });
    expect(ran.stdout).toContain('1 of 2 runs done, 1 failed');
    expect(ran.stderr).toContain('nonsense');
    const none = await fprinciple([...args.slice(0, -1), join(folder, 'none'), ...slurmOptions], {
      env: { PATH: '/nowhere' },
    });
    expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('sbatch: it is not installed')]);
  }, 300_000);
});
