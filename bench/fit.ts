/**
 * The adviser against a grid: for each target and seed the network that `adviseFeatures` chooses, trained as it says, against the
 * best of ReLU, tanh, Fourier features (sigma 0.5 times 2^0 to 2^7) and SIREN (omega_0 5 times 2^0 to 2^5), three learning
 * rates each, on a quarter of the samples that neither has seen.
 *
 *   npx tsx bench/fit.ts                                                        hours: 128 pixels a side, 256 x 4, 2,000 steps
 *   npx tsx bench/fit.ts --side 24 --crop --hidden 64,64 --steps 400            minutes
 *   also: --seeds 0,1,2  --targets sine,chirp,cameraman,baboon
 *         --keep folder   the grid's errors and seconds are kept there, so that a changed adviser is compared without training it again
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fitCandidates } from '../src/fit/candidates.js';
import { meanSquare, rowsAt, scaleData } from '../src/fit/data.js';
import { difference } from '../src/fit/predict.js';
import type { NdArray } from '../src/index.js';
import { adviseFeatures, createDataAccess, createModel, deriveSeeds, shrinkPicture, trainMany } from '../src/index.js';

const { values } = parseArgs({
  options: {
    side: { type: 'string', default: '128' },
    crop: { type: 'boolean', default: false },
    hidden: { type: 'string', default: '256,256,256,256' },
    steps: { type: 'string', default: '2000' },
    seeds: { type: 'string', default: '0,1,2' },
    targets: { type: 'string', default: 'sine,chirp,cameraman,baboon' },
    keep: { type: 'string' },
  },
});
const hidden = values.hidden.split(',').map(Number);
const steps = Number(values.steps);
const side = Number(values.side);

interface Samples {
  x: NdArray;
  y: NdArray;
}

const curve = (n: number, f: (t: number) => number): Samples => {
  const t = Float64Array.from({ length: n }, (_, i) => i / n);
  return { x: { data: t, shape: [n, 1] }, y: { data: t.map(f), shape: [n, 1] } };
};

/** A photograph averaged to `side` pixels, or so many from its middle. */
async function photograph(name: string): Promise<Samples> {
  const whole = await createDataAccess().picture(name);
  const { pixels, height, width, channels } = values.crop ? whole : shrinkPicture(whole, side);
  const [h, w] = values.crop ? [side, side] : [height, width];
  const [top, left] = [Math.floor((height - h) / 2), Math.floor((width - w) / 2)];
  const places = Array.from({ length: h * w }, (_, i) => [Math.floor(i / w), i % w] as const);
  const rows = places.map(([i, j]) => (top + i) * width + left + j);
  return {
    x: { data: Float64Array.from(places.flatMap(([i, j]) => [j / w, i / h])), shape: [h * w, 2] },
    y: rowsAt({ data: pixels.data, shape: [height * width, channels] }, rows),
  };
}

const targets: Record<string, () => Samples | Promise<Samples>> = {
  sine: () => curve(80, (t) => Math.sin(9 * 2 * Math.PI * t)),
  // As a sound of 1 s at 800 samples: 5 to 165 Hz.
  chirp: () => curve(800, (t) => Math.sin(2 * Math.PI * (5 * t + 80 * t * t))),
  cameraman: () => photograph('cameraman'),
  baboon: () => photograph('baboon'),
};

/** What a grid took and came to: errors at the test samples, infinite (null in the file) where a training diverged. */
interface Grid {
  seconds: number;
  errors: number[];
}

async function kept(name: string, train: () => Promise<Grid>): Promise<Grid> {
  const file = values.keep === undefined ? undefined : join(values.keep, `${name}.json`);
  if (file !== undefined && existsSync(file)) {
    const { seconds, errors } = JSON.parse(readFileSync(file, 'utf8')) as {
      seconds: number;
      errors: (number | null)[];
    };
    return { seconds, errors: errors.map((one) => one ?? Number.POSITIVE_INFINITY) };
  }
  const grid = await train();
  if (file !== undefined && values.keep !== undefined) {
    mkdirSync(values.keep, { recursive: true });
    writeFileSync(file, JSON.stringify(grid));
  }
  return grid;
}

const decibels = (error: number): string => (20 * Math.log10(error)).toFixed(2);
let [within, cases] = [0, 0];
for (const name of values.targets.split(',')) {
  const samples = await targets[name]!();
  const n = samples.x.shape[0]!;
  for (const seed of values.seeds.split(',').map(Number)) {
    const keys = deriveSeeds(seed, n, 'bench test');
    const order = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]!);
    const [test, train] = [order.slice(0, n >> 2), order.slice(n >> 2).sort((a, b) => a - b)];
    const given = { x: rowsAt(samples.x, train), y: rowsAt(samples.y, train) };
    const { x, y, inputs, outputs } = scaleData(given);
    const held = { x: rowsAt(samples.x, test), y: rowsAt(samples.y, test) };
    const on = ({ data, shape }: NdArray, { offset, scale }: typeof inputs): NdArray => ({
      data: Float64Array.from(data, (v, i) => (v - offset[i % offset.length]!) / scale[i % scale.length]!),
      shape,
    });
    const [testX, testY] = [on(held.x, inputs), on(held.y, outputs)];

    const network = { input: x.shape[1]!, output: y.shape[1]!, hidden, seed, nyquist: 1 };
    const grid = fitCandidates(network).filter(({ family }) => ['relu', 'tanh', 'fourier', 'siren'].includes(family));
    const runs = grid.flatMap(({ name, spec, rates }) => rates.map((learningRate) => ({ name, spec, learningRate })));
    const error = async (spec: (typeof runs)[number]['spec'], parameters: Record<string, NdArray>): Promise<number> => {
      const model = createModel(spec, { seed });
      model.setParameters(parameters);
      const guess = await model.predict(testX).catch(() => undefined);
      return guess ? Math.sqrt(meanSquare(difference(testY, guess))) : Number.POSITIVE_INFINITY;
    };

    const { seconds, errors } = await kept(`${name}-${n}-${hidden.join('x')}-${steps}-${seed}`, async () => {
      const start = performance.now();
      const trained = await trainMany(
        runs.map(({ spec, learningRate }) => ({ spec, optimizer: { type: 'adam', learningRate } as const })),
        { x, y, seed, loss: 'mse', steps, record: { at: [] } },
      );
      const took = (performance.now() - start) / 1000;
      return {
        seconds: took,
        errors: await Promise.all(trained.map(({ parameters }, i) => error(runs[i]!.spec, parameters))),
      };
    });
    const advice = await adviseFeatures(given, { budget: seconds / 5, seed, hidden, steps });
    const { choice } = advice;
    const chosen = createModel(choice.spec, { seed });
    await chosen.train({ ...choice.training, x, y, record: { at: [] } });
    const own = await error(choice.spec, { ...chosen.parameters(), ...chosen.buffers() });

    const best = errors.indexOf(Math.min(...errors));
    const lost = 20 * Math.log10(own / errors[best]!);
    cases++;
    if (lost <= 1) within++;
    console.log(
      `${name} seed ${seed}: fit ${choice.name} at ${choice.training.optimizer.learningRate} ${decibels(own)} dB; grid ` +
        `${runs[best]!.name} at ${runs[best]!.learningRate} ${decibels(errors[best]!)} dB; lost ${lost.toFixed(2)} dB; ` +
        `${advice.seconds.toFixed(1)} s of ${seconds.toFixed(1)} (${((100 * advice.seconds) / seconds).toFixed(0)} %)` +
        (advice.complete ? '' : ', cut short'),
    );
  }
}
console.log(`within 1 dB: ${within} of ${cases}`);
