/** What a worker does, as Prometheus' text on a port: `GET /metrics`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FprincipleError } from '../../core/errors.js';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from './prom-client.js';

export interface MetricsServer {
  port: number;
  /** A run has ended. */
  count(run: { experiment: string; status: 'completed' | 'diverged' | 'failed'; seconds?: number | undefined }): void;
  close(): Promise<void>;
}

/**
 * @param port 0 for any that is free
 * @param host where it listens
 * @throws `IO` where the port cannot be had
 */
export async function serveMetrics(port: number, host: string, lanes: number): Promise<MetricsServer> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const runs = new Counter({
    name: 'fprinciple_runs_total',
    help: 'Runs of sweeps that this worker has ended, by how they ended',
    labelNames: ['experiment', 'status'],
    registers: [register],
  });
  const seconds = new Histogram({
    name: 'fprinciple_run_seconds',
    help: 'Wall time of a run; trainings done together share theirs',
    labelNames: ['experiment'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000],
    registers: [register],
  });
  new Gauge({ name: 'fprinciple_lanes', help: 'Batches done at once', registers: [register] }).set(lanes);
  const last = new Gauge({
    name: 'fprinciple_last_run_timestamp_seconds',
    help: 'When the last run ended, in seconds since 1970',
    registers: [register],
  });
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /metrics\n');
      return;
    }
    register.metrics().then(
      (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((done, refuse) => {
    server.once('error', (cause) =>
      refuse(new FprincipleError('IO', `--metrics-port ${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, done);
  });
  // A worker that is told to stop does not wait for whoever reads its numbers.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    count({ experiment, status, seconds: took }) {
      runs.inc({ experiment, status });
      if (took !== undefined) seconds.observe({ experiment }, took);
      last.setToCurrentTime();
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
