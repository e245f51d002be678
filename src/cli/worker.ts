/** `fprinciple worker`: does runs of sweeps that others put into a queue, or of those in a shared folder. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { invalidArgument } from '../core/errors.js';
import { work } from '../sweeps/bullmq.js';
import type { EndedHere } from '../sweeps/executors/crew.js';
import { workOnFolder } from '../sweeps/executors/folder-worker.js';
import { nonNegative, positive, type QueueFlags, queueFlags, whole } from './sweep-options.js';

interface WorkerFlags extends QueueFlags {
  lanes?: number;
  memory?: number;
  folder?: string;
  untilDone?: boolean;
  lease?: number;
  retries?: number;
  metricsPort?: number;
  metricsHost: string;
}

export const workerCommand = (): Command =>
  queueFlags(
    new Command('worker').description(
      "do runs of sweeps from a queue, as many at once as this machine has cores: of the package's experiments, and of " +
        'those of the files given here, never of others; or, with --folder, of the sweeps in a folder that machines share',
    ),
  )
    .argument('[files...]', 'experiments of your own that it may run (./mine.ts)')
    .option('--lanes <n>', 'runs at once (default: the cores)', whole)
    .option('--memory <GiB>', 'what all runs may take together (default: 0.8 of what is free)', positive)
    .option('--folder <dir>', 'no queue: the folder of a sweep, or one that holds several; what they name is run')
    .option('--until-done', 'folder: end when nothing is left to do')
    .option(
      '--lease <seconds>',
      'folder: after how long a worker that is not seen is taken for dead (default 15)',
      positive,
    )
    .option('--retries <n>', 'folder: how often a failed run is tried again', nonNegative)
    .option('--metrics-port <port>', "what it does as Prometheus' text, at /metrics (9464, say)", whole)
    .option('--metrics-host <address>', 'where that listens; 0.0.0.0 for other machines', '127.0.0.1')
    .action(async (files: string[], given: WorkerFlags) => {
      const { folder, untilDone, lease, retries, memory, metricsPort, metricsHost, ...options } = given;
      const controller = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
      const lanes = options.lanes ?? availableParallelism();
      // prom-client is loaded where it is used.
      const metrics =
        metricsPort === undefined
          ? undefined
          : await (await import('../sweeps/tracking/prometheus.js')).serveMetrics(metricsPort, metricsHost, lanes);
      if (metrics) process.stderr.write(`worker: metrics on http://${metricsHost}:${metrics.port}/metrics\n`);
      const common = {
        lanes,
        onEnded: (run: EndedHere) => metrics?.count(run),
        signal: controller.signal,
        say: (line: string) => void process.stderr.write(`worker: ${line}\n`),
      };
      const memoryLimit = memory === undefined ? undefined : memory * 2 ** 30;
      if (folder !== undefined) {
        if (files.length > 0) throw invalidArgument('--folder: a sweep names its own file; expected no others');
        await workOnFolder({
          ...common,
          folder,
          untilDone,
          lease,
          ...(retries !== undefined && { retries }),
          ...(memoryLimit !== undefined && { memoryLimit }),
        });
        return;
      }
      const odd = Object.entries({ untilDone, lease, retries }).find(([, value]) => value !== undefined)?.[0];
      if (odd !== undefined) throw invalidArgument(`${odd}: it belongs to --folder, which is missing`);
      await work({ ...common, ...options, lanes, files, memoryLimit });
    });
