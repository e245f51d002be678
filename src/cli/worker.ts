/** `fprinciple worker`: does runs of sweeps that others put into a queue. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { positive, type QueueFlags, queueFlags, whole } from './sweep-options.js';

export const workerCommand = (): Command =>
  queueFlags(
    new Command('worker').description(
      "do runs of sweeps from a queue, as many at once as this machine has cores: of the package's experiments, and of " +
        'those of the files given here, never of others',
    ),
  )
    .argument('[files...]', 'experiments of your own that it may run (./mine.ts)')
    .option('--lanes <n>', 'runs at once (default: the cores)', whole)
    .option('--memory <GiB>', 'what all runs may take together (default: 0.8 of what is free)', positive)
    .action(async (files: string[], options: QueueFlags & { lanes?: number; memory?: number }) => {
      const controller = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
      // BullMQ is loaded where it is used: other commands start without it.
      const { work } = await import('../sweeps/executors/worker.js');
      await work({
        ...options,
        files,
        lanes: options.lanes ?? availableParallelism(),
        memoryLimit: options.memory === undefined ? undefined : options.memory * 2 ** 30,
        signal: controller.signal,
        say: (line) => process.stderr.write(`worker: ${line}\n`),
      });
    });
