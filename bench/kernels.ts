/**
 * Kernels, measured: `npx tsx bench/kernels.ts`, and beside it the same work in Python where `FPRINCIPLE_PYTHON` names an
 * interpreter that has neural-tangents (rows gram, analytic) or PyTorch (row eigh). Prints one JSON line a row: the
 * best of several runs, in seconds. `--large` adds a Gram matrix of 20,000 points inside 2 GB.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { analyticKernel, eigh, empiricalNtk, type NdArray } from '../src/index.js';

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

function peer(row: string): Record<string, number> {
  const python = process.env.FPRINCIPLE_PYTHON;
  if (!python) return {};
  const script = fileURLToPath(new URL('./kernels_peers.py', import.meta.url));
  return JSON.parse(execFileSync(python, [script, row], { encoding: 'utf8' })) as Record<string, number>;
}

function report(row: string, ours: number, peers: Record<string, number>): void {
  console.log(JSON.stringify({ row, ours: Number(ours.toFixed(5)), ...peers }));
}

async function gram(
  row: string,
  input: number,
  width: number,
  depth: number,
  n: number,
  repeats: number,
): Promise<void> {
  const sizes = [input, ...Array.from({ length: depth }, () => width), 1];
  const layers: object[] = [];
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
  const seconds = await best(repeats, () => empiricalNtk(model, x, undefined, { memoryLimit: 2e9 }));
  report(row, seconds, n <= 1000 ? peer(row) : {});
}

await gram('gram-512x3', 1, 512, 3, 512, 15);
await gram('gram-256x4', 2, 256, 4, 1000, 15);
for (const fn of ['relu', 'erf']) {
  const dense = { type: 'dense', units: 8, parameterization: 'ntk', sigmaW: 1.4, sigmaB: 0.1 };
  const layers = [...Array.from({ length: 4 }, () => [dense, { type: 'activation', fn }]).flat(), dense];
  const x = { data: stream(3000 * 784, 3), shape: [3000, 784] };
  const row = `analytic-${fn}`;
  report(row, await best(5, () => analyticKernel({ input: 784, layers }, x, undefined, { kernel: 'ntk' })), peer(row));
}
for (const n of [1000, 2000]) {
  const half = stream(n * n, 5);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) data[i * n + j] = half[i * n + j]! + half[j * n + i]!;
  const row = `eigh-${n}`;
  report(row, await best(2, () => eigh({ data, shape: [n, n] })), peer(row));
}
if (process.argv.includes('--large')) {
  await gram('gram-20000', 1, 512, 3, 20_000, 1);
  console.log(JSON.stringify({ peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
}
