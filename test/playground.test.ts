import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { addonOf, type EngineModule } from '../src/studio/playground/addon.js';
import { chromiumFlags, findChromium } from './support/chromium.js';
import { root } from './support/cli.js';

const file = join(root, 'dist/playground.html');
const built = existsSync(file);
if (!built) console.warn('the playground is not built (npm run playground): it is not tested');

const wasm = Reflect.get(globalThis, 'WebAssembly') as {
  instantiate(module: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>;
};

/** The engine of the page, in this process. */
async function startEngine(): Promise<object> {
  const page = await readFile(file, 'utf8');
  const packed = /id="module">([^<]*)</.exec(page)![1]!;
  // The types of Node know it as a namespace only; those of a browser are not loaded here.
  const { instance } = await wasm.instantiate(gunzipSync(Buffer.from(packed, 'base64')), {});
  return addonOf(instance.exports as unknown as EngineModule);
}

/** The package's networks on the addon, or on the page's engine. */
async function networks(engine?: object): Promise<typeof import('../src/nets/index.js')> {
  vi.resetModules();
  if (engine) {
    vi.doMock('../src/core/native.js', async () => {
      const door = await import('../src/studio/playground/native.js');
      door.setEngine(engine);
      return door;
    });
  } else vi.doUnmock('../src/core/native.js');
  return import('../src/nets/index.js');
}

describe.skipIf(!built)('the playground', () => {
  const n = 50;
  const x = Array.from({ length: n }, (_, i) => [-Math.PI + (2 * Math.PI * i) / n]);
  const y = x.map(([v]) => [Math.sin(v!) + Math.sin(5 * v!)]);
  const adam = { type: 'adam', learningRate: 1e-3 } as const;
  const cases = {
    tanh: { activation: 'tanh', loss: 'mse' },
    relu: { activation: 'relu', loss: 'huber' },
    sin: { activation: 'sin', loss: 'mse' },
    equation: {
      activation: 'tanh',
      loss: {
        type: 'residual',
        variables: ['x'],
        equation: 'u_xx + sin(x)',
        conditions: [{ points: [[0]], equation: 'u' }],
      },
    },
  } as const;

  it.each(Object.entries(cases))('its losses are those of the addon: %s', async (_, { activation, loss }) => {
    const page = await startEngine();
    for (const [dtype, tolerance] of [
      ['f64', 1e-10],
      ['f32', 1e-4],
    ] as const) {
      const losses: number[][] = [];
      const paths = new Set<string>();
      for (const engine of [undefined, page]) {
        const { createModel, mlp } = await networks(engine);
        const model = createModel(mlp({ input: 1, hidden: [32, 32], output: 1, activation }), { seed: 3, dtype });
        const target = typeof loss === 'string' ? { y } : {};
        const history = await model.train({
          x,
          ...target,
          loss,
          optimizer: adam,
          steps: 100,
          record: { every: 10 },
        } as never);
        losses.push(history.loss);
        paths.add(history.simdPath);
      }
      const [addon = [], own = []] = losses;
      expect([own.length, paths.size], 'two engines').toEqual([11, 2]);
      own.forEach((value, i) => void expect(Math.abs(value / addon[i]! - 1)).toBeLessThan(tolerance));
    }
  });

  it('is one file under 4 MB', async () => {
    expect((await readFile(file)).length).toBeLessThan(4e6);
  });

  const executablePath = findChromium();
  it.skipIf(!executablePath)(
    'opens from disk without a network and learns one cycle before five',
    async () => {
      const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumFlags });
      try {
        const context = await browser.newContext({ offline: true });
        const page = await context.newPage();
        const troubles: string[] = [];
        page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
        page.on('pageerror', (error) => troubles.push(error.message));
        await page.goto(`file://${file}`);
        const heat = page.locator('#heat-a canvas');
        let learnt: number[][] = [];
        for (let i = 0; i < 1000 && learnt.length < 2; i++) {
          await page.waitForTimeout(50);
          const said = (await heat.getAttribute('aria-label')) ?? '';
          learnt = [...said.matchAll(/frequency (\d+) learnt from step (\d+)/g)].map(([, k, s]) => [
            Number(k),
            Number(s),
          ]);
        }
        expect(learnt.map(([k]) => k)).toEqual([1, 5]);
        expect(learnt[0]![1]).toBeLessThan(learnt[1]![1]!);
        expect(troubles).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    90_000,
  );
});
