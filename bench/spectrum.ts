/**
 * Transforms side by side: this package through its JavaScript API, SciPy and FINUFFT, and tfjs where it is installed.
 *
 *   npx tsx bench/spectrum.ts                          ours (and tfjs)
 *   FPRINCIPLE_PYTHON=/path/to/python npx tsx bench/spectrum.ts   with SciPy and FINUFFT of that Python, two workers
 *
 * Each figure is the median of repeated calls, in milliseconds, inputs made beforehand. A name as argument runs the cases that
 * have it in theirs.
 */
import { execFileSync } from 'node:child_process';
import { fft, gaussianFilter, nudft, rfft, rfft2 } from '../src/index.js';

const noise = (n: number) => Float64Array.from({ length: n }, (_, i) => Math.sin(i * i * 0.37));

interface Case {
  name: string;
  run: () => unknown;
  /** Python expression of the same work on `x`, and what `x` is. */
  python?: [setup: string, work: string];
}

const real = (n: number) => `x = np.sin(np.arange(${n})**2 * 0.37)`;
const a20 = noise(2 ** 20);
const prime = noise(1_000_003);
const batch = { data: noise(201_000), shape: [1000, 201] };
const square = { data: a20, shape: [1024, 1024] };
const out = rfft2(square);
const [points, values] = [noise(60_000), noise(60_000).reverse()];
const images = { data: Float32Array.from(noise(7_840_000)), shape: [10_000, 784] };
const labels = { data: noise(100_000), shape: [10_000, 10] };
const frequencies = Float64Array.from({ length: 1000 }, (_, k) => k * 0.031);

const cases: Case[] = [
  { name: 'rfft f64 2^20', run: () => rfft(a20), python: [real(2 ** 20), 'sf.rfft(x, workers=2)'] },
  { name: 'rfft f64 1,000,003 (prime)', run: () => rfft(prime), python: [real(1_000_003), 'sf.rfft(x, workers=2)'] },
  {
    name: 'fft complex f64 1,000,003',
    run: () => fft({ re: prime, im: prime, shape: [prime.length] }),
    python: [`${real(1_000_003)}; x = x + 1j * x`, 'sf.fft(x, workers=2)'],
  },
  {
    name: 'rfft f64 1,000 x 201',
    run: () => rfft(batch),
    python: [`${real(201_000)}.reshape(1000, 201)`, 'sf.rfft(x, workers=2)'],
  },
  {
    name: 'rfft2 f64 1024 x 1024',
    run: () => rfft2(square),
    python: [`${real(2 ** 20)}.reshape(1024, 1024)`, 'sf.rfft2(x, workers=2)'],
  },
  {
    name: 'rfft2 f64 1024 x 1024, `out`',
    run: () => rfft2(square, { out }),
    python: [`${real(2 ** 20)}.reshape(1024, 1024)`, 'sf.rfft2(x, workers=2)'],
  },
  {
    name: 'nudft 60,000 -> 1,000 at 1e-9',
    run: () => nudft(points, values, frequencies, { tolerance: 1e-9 }),
    python: [
      `import finufft; ${real(60_000)}; s = 2*np.pi*np.arange(1000.)*0.031; c = x[::-1].astype(complex)`,
      'finufft.nufft1d3(x, c, s, isign=-1, eps=1e-9, nthreads=2)',
    ],
  },
  {
    name: 'filter 10,000 x 784, 3 deltas',
    run: () => gaussianFilter(images, labels, { deltas: [1, 10, 100] }),
  },
];

async function median(run: () => unknown, least = 10): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < Math.min(3, least); i++) await run();
  const stop = performance.now() + 1000;
  while (times.length < least || (performance.now() < stop && times.length < 300)) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

function inPython(python: string, [setup, work]: [string, string]): number {
  const script = `
import numpy as np, scipy.fft as sf, time
${setup}
def run(): ${work}
times = []
for _ in range(3): run()
stop = time.perf_counter() + 1.0
while len(times) < 10 or (time.perf_counter() < stop and len(times) < 300):
    t = time.perf_counter(); run(); times.append(time.perf_counter() - t)
print(sorted(times)[len(times) // 2] * 1e3)`;
  return Number(execFileSync(python, ['-c', script], { encoding: 'utf8' }));
}

/** tfjs on its plain backend, for the one case it has: complex FFTs of powers of two and batches. */
async function tfjsMilliseconds(): Promise<number | undefined> {
  const name = '@tensorflow/tfjs';
  try {
    const tf = (await import(name)) as {
      setBackend(name: string): Promise<boolean>;
      tensor2d(x: Float32Array, shape: [number, number]): { dispose(): void };
      spectral: { rfft(x: unknown): { dataSync(): unknown; dispose(): void } };
    };
    await tf.setBackend('cpu');
    const x = tf.tensor2d(Float32Array.from(batch.data.subarray(0, 20_100)), [100, 201]);
    return (
      10 *
      (await median(() => {
        const y = tf.spectral.rfft(x);
        y.dataSync();
        y.dispose();
      }))
    );
  } catch {
    return undefined;
  }
}

const python = process.env.FPRINCIPLE_PYTHON;
const only = process.argv[2];
console.log(`case${' '.repeat(28)}ours ms${python ? '   Python ms   ratio' : ''}`);
for (const { name, run, python: work } of cases) {
  if (only && !name.includes(only)) continue;
  const ours = await median(run, name.startsWith('filter') ? 1 : 10);
  const theirs = python && work ? inPython(python, work) : undefined;
  const columns =
    theirs === undefined ? '' : `${theirs.toFixed(3).padStart(12)}${(theirs / ours).toFixed(2).padStart(8)}`;
  console.log(`${name.padEnd(31)}${ours.toFixed(3).padStart(8)}${columns}`);
}
const tfjs = await tfjsMilliseconds();
if (tfjs !== undefined) console.log(`tfjs rfft f32 1,000 x 201 (ten times a tenth of it): ${tfjs.toFixed(1)} ms`);
