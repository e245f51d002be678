/** A Slurm node that dies in the middle of a sweep: its daemon, its steps, everything on it. */
import { ended, plain, randomMoment, resumeAndCompare } from './chaos.js';
import { startFprinciple } from './cli.js';
import type { SlurmCluster } from './slurm.js';

export const slurmOptions = ['--executor', 'slurm', '--tasks', '2', '--sbatch', '--mem=1000'];

export async function killNode(
  out: string,
  expected: ReadonlyMap<string, string>,
  cluster: SlurmCluster,
  chaos = plain,
) {
  const env = cluster.environment;
  const command = startFprinciple([...chaos.arguments, ...slurmOptions, '--out', out], { env });
  const at = await randomMoment(out, command, chaos);
  await cluster.killNode('n2');
  await ended(command);
  await cluster.revive('n2');
  await resumeAndCompare(out, expected, slurmOptions, env, chaos);
  return at;
}
