/**
 * Kernels, measured: `npx tsx bench/kernels.ts [rows...]`, and beside it the same work in Python where `FPRINCIPLE_PYTHON`
 * names interpreters (separated as in PATH) that have neural-tangents (rows gram, analytic) or PyTorch (rows eigh).
 * Prints one JSON line a row: the best of several runs, in seconds, and best peer / ours. `gram-20000` runs only when it
 * is named: a Gram matrix of 20,000 points inside 2 GB, with the process's peak memory.
 */
import { execFileSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyticKernel, eigh, empiricalNtk, type LayerSpec, type NdArray } from '../src/index.js';

/** A reproducible stream of numbers in (-1, 1): the work does not depend on the values. */
function stream(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

async function best(repeats: number, run: () => Promise<unknown>): Promise<number> {
  let seconds = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await run();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return seconds;
}

/** The seconds of every peer that one of the interpreters has. */
function peers(row: string): Record<string, number> {
  const script = fileURLToPath(new URL('./kernels_peers.py', import.meta.url));
  const pythons = process.env.FPRINCIPLE_PYTHON?.split(delimiter) ?? [];
  const parts = pythons.map(
    (python) => JSON.parse(execFileSync(python, [script, row], { encoding: 'utf8' })) as object,
  );
  return Object.assign({}, ...parts) as Record<string, number>;
}

/** Runs and prints a row, if it was asked for. */
async function row(name: string, repeats: number, run: () => Promise<unknown>): Promise<void> {
  const wanted = process.argv.slice(2);
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const ours = await best(repeats, run);
  const others = peers(name);
  const ratio = Math.min(...Object.values(others)) / ours;
  const digits = (x: number) => Number(x.toPrecision(3));
  const shown = Object.fromEntries(Object.entries(others).map(([peer, seconds]) => [peer, digits(seconds)]));
  console.log(
    JSON.stringify({ row: name, ours: digits(ours), ...shown, ...(ratio < Infinity && { ratio: digits(ratio) }) }),
  );
}

function gram(input: number, width: number, depth: number, n: number): () => Promise<unknown> {
  const sizes = [input, ...Array.from({ length: depth }, () => width), 1];
  const layers: LayerSpec[] = [];
  const parameters: Record<string, NdArray> = {};
  for (let l = 0; l <= depth; l++) {
    if (l > 0) layers.push({ type: 'activation', fn: 'relu' });
    const [from, to] = [sizes[l]!, sizes[l + 1]!];
    const bound = 1 / Math.sqrt(from);
    parameters[`layers.${layers.length}.weight`] = {
      data: stream(from * to, l + 1).map((v) => v * bound),
      shape: [to, from],
    };
    parameters[`layers.${layers.length}.bias`] = { data: stream(to, l + 9).map((v) => v * bound), shape: [to] };
    layers.push({ type: 'dense', units: to });
  }
  const model = { spec: { input, layers }, parameters: () => parameters };
  const x = { data: stream(n * input, 7), shape: [n, input] };
  return () => empiricalNtk(model, x, { memoryLimit: 2e9, outputs: 'trace' });
}

await row('gram-512x3', 100, gram(1, 512, 3, 512));
await row('gram-256x4', 100, gram(2, 256, 4, 1000));
for (const fn of ['relu', 'erf'] as const) {
  const dense = { type: 'dense', units: 8, parameterization: 'ntk', sigmaW: 1.4, sigmaB: 0.1 } as const;
  const layers = [...Array.from({ length: 4 }, () => [dense, { type: 'activation' as const, fn }]).flat(), dense];
  const x = { data: stream(3000 * 784, 3), shape: [3000, 784] };
  await row(`analytic-${fn}`, 5, () => analyticKernel({ input: 784, layers }, x, { kernel: 'ntk' }));
}
for (const n of [1000, 2000]) {
  const half = stream(n * n, 5);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) data[i * n + j] = half[i * n + j]! + half[j * n + i]!;
  await row(`eigh-${n}`, 3, () => eigh({ data, shape: [n, n] }));
}
if (process.argv.includes('gram-20000')) {
  await row('gram-20000', 1, gram(1, 512, 3, 20_000));
  console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 }));
}
