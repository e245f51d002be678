/**
 * An MLflow server by its REST API (2.0): one of its runs for each of ours, known again by the tag `fprinciple.run`.
 *
 * Credentials as MLflow's own clients take them: `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` with
 * `MLFLOW_TRACKING_PASSWORD`.
 */
import { FprincipleError } from '../../core/errors.js';
import type { Tracked, Tracker } from './tracked.js';

/** The most of one request, and the longest value, that a server takes. */
const mostMetrics = 1000;
const mostParameters = 100;
const longestValue = 500;
const timeout = 30_000;

interface Found {
  runs?: { info: { run_id: string; status: string } }[];
}

export function mlflowTracker(url: string): Tracker {
  const base = `${url.replace(/\/+$/, '')}/api/2.0/mlflow`;
  const experiments = new Map<string, Promise<string>>();

  async function ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const where = new URL(`${base}/${path}`);
    // A password in the address is none of fetch's.
    where.username = '';
    where.password = '';
    let answer: Response;
    try {
      answer = await fetch(where, {
        method,
        headers: { 'content-type': 'application/json', ...credentials(url) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeout),
      });
    } catch (cause) {
      const { message, cause: why } = cause as Error;
      throw new FprincipleError(
        'IO',
        `mlflow: ${where.origin} cannot be reached: ${(why as Error)?.message ?? message}`,
        {
          cause,
        },
      );
    }
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as T;
    const error = new FprincipleError(
      'IO',
      `mlflow: ${where.origin}: ${path}: ${answer.status}: ${text.slice(0, 300)}`,
    );
    throw Object.assign(error, { status: answer.status });
  }

  async function experimentOf(name: string): Promise<string> {
    const query = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    try {
      const { experiment } = await ask<{ experiment: { experiment_id: string } }>('GET', query);
      return experiment.experiment_id;
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw error;
    }
    try {
      return (await ask<{ experiment_id: string }>('POST', 'experiments/create', { name })).experiment_id;
    } catch {
      // Somebody else was quicker, or the server has said why not: then it says so again.
      const { experiment } = await ask<{ experiment: { experiment_id: string } }>('GET', query);
      return experiment.experiment_id;
    }
  }

  return {
    async track({ id, name, experiment, status, parameters, series, begun, ended }: Tracked) {
      const group = `fprinciple/${experiment}`;
      const known = experiments.get(group) ?? experimentOf(group);
      experiments.set(group, known);
      known.catch(() => experiments.delete(group));
      const experiment_id = await known;
      const filter = `tags.\`fprinciple.run\` = '${id}'`;
      const { runs = [] } = await ask<Found>('POST', 'runs/search', { experiment_ids: [experiment_id], filter });
      if (runs.some(({ info }) => info.status === 'FINISHED')) return;
      // Begun by a command that was killed: it holds a part.
      for (const { info } of runs) await ask('POST', 'runs/delete', { run_id: info.run_id });
      const { run } = await ask<{ run: { info: { run_id: string } } }>('POST', 'runs/create', {
        experiment_id,
        run_name: name.slice(0, longestValue),
        start_time: begun,
        tags: [
          { key: 'fprinciple.run', value: id },
          { key: 'fprinciple.status', value: status },
        ],
      });
      const { run_id } = run.info;
      const metrics = series.flatMap(({ name: key, steps, values }) =>
        steps.map((step, i) => ({ key: clean(key), value: values[i], timestamp: ended, step })),
      );
      const params = parameters.map(([key, value]) => ({ key: clean(key), value: value.slice(0, longestValue) }));
      for (let i = 0; i < params.length; i += mostParameters) {
        await ask('POST', 'runs/log-batch', { run_id, params: params.slice(i, i + mostParameters) });
      }
      for (let i = 0; i < metrics.length; i += mostMetrics) {
        await ask('POST', 'runs/log-batch', { run_id, metrics: metrics.slice(i, i + mostMetrics) });
      }
      await ask('POST', 'runs/update', { run_id, status: 'FINISHED', end_time: ended });
    },
  };
}

/** Names that a server takes: letters, digits, `_`, `-`, `.`, spaces and `/`. */
const clean = (name: string): string => name.replace(/[^\w\-./ ]/g, '_').slice(0, 250);

function credentials(url: string): Record<string, string> {
  const { MLFLOW_TRACKING_TOKEN: token } = process.env;
  const { username, password } = new URL(url);
  const user = decodeURIComponent(username) || process.env.MLFLOW_TRACKING_USERNAME;
  const secret = decodeURIComponent(password) || process.env.MLFLOW_TRACKING_PASSWORD || '';
  if (user) return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
  return token ? { authorization: `Bearer ${token}` } : {};
}
