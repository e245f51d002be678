/**
 * Times of the studio, printed as JSON: opening to the first training step, frames and long tasks of the page while
 * 1-64x2-1 trains on 200 points, what a client that only reads costs the training, how long a record of a run takes to the
 * page, and the same of the playground where it was made (`npm run playground`).
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { ProgressLog } from '../src/studio/progress-log.js';
import { schedule } from '../src/studio/schedule.js';
import { startStudio } from '../src/studio/server/server.js';
import { defaultState, encodeState, type StudioState } from '../src/studio/state.js';
import { SideTraining } from '../src/studio/training.js';
import { chromiumFlags, findChromium } from '../test/support/chromium.js';

const state: StudioState = { ...defaultState, steps: 20_000 };

/** Steps a second of the same training without a session. */
async function alone(): Promise<number> {
  const training = new SideTraining(state, state.a);
  const began = performance.now();
  for (const step of schedule(state.steps).slice(1)) await training.advance(step, true);
  return state.steps / ((performance.now() - began) / 1000);
}

/** Steps a second as a client hears it that does nothing but read. */
function reading(url: string): Promise<number> {
  const address = new URL(url);
  const socket = new WebSocket(`ws://${address.host}/session${address.search}`, { origin: `http://${address.host}` });
  let began = 0;
  return new Promise((done) => {
    socket.on('open', () => socket.send(JSON.stringify({ do: 'open', state, play: true })));
    socket.on('message', (data: Buffer) => {
      const text = data.subarray(8, 8 + data.readUInt32LE(0)).toString();
      const body = JSON.parse(text) as { type: string; playing?: boolean; done?: boolean };
      if (body.type !== 'status') return;
      if (body.playing) began = performance.now();
      if (!body.done) return;
      socket.close();
      done(state.steps / ((performance.now() - began) / 1000));
    });
  });
}

/** Opens a page that trains; milliseconds to its first step, then frames, the longest task and steps over five seconds. */
async function watched(page: Page, address: string): Promise<Record<string, number>> {
  const began = performance.now();
  await page.goto(`${address}#${encodeState({ ...state, steps: 200_000 })}`);
  while (!(await page.evaluate(`/step [1-9]/.test(document.getElementById('now')?.textContent)`)))
    await page.waitForTimeout(10);
  const firstStepMs = performance.now() - began;
  await page.waitForTimeout(1000);
  const seen = (await page.evaluate(`new Promise((done) => {
    let frames = 0, long = 0;
    new PerformanceObserver((list) => { for (const task of list.getEntries()) long = Math.max(long, task.duration); }).observe({ type: 'longtask' });
    const output = document.getElementById('now');
    new MutationObserver(() => frames++).observe(output, { childList: true, characterData: true, subtree: true });
    const step = () => Number(output.textContent.match(/[\\d,]+/)[0].replaceAll(',', ''));
    const from = step();
    setTimeout(() => done({ framesPerSecond: frames / 5, longestTaskMs: long, stepsPerSecond: (step() - from) / 5 }), 5000);
  })`)) as Record<string, number>;
  await page.close();
  return { firstStepMs, ...seen };
}

/** Milliseconds from a record of a run to its sight on the page, the longest of ten. */
async function recordSeen(page: Page): Promise<number> {
  const log = new ProgressLog(join(folder, 'runs'), { id: 'one', title: 'One', preset: 'quick', seed: 0 });
  await page.goto(`${studio.url}&view=runs`);
  await page.waitForSelector('[data-live=one]');
  let longest = 0;
  for (let step = 10; step <= 100; step += 10) {
    // Not in step with the page's own clock.
    await page.waitForTimeout(250 + 7 * step);
    const began = performance.now();
    log.update({ phase: 'training', step, steps: 1000, loss: 1 / step });
    const seen = `document.querySelector('[data-live=one]').textContent.includes('step ${step},')`;
    while (!(await page.evaluate(seen))) await page.waitForTimeout(5);
    longest = Math.max(longest, performance.now() - began);
  }
  await page.close();
  return longest;
}

const folder = await mkdtemp(join(tmpdir(), 'fprinciple-bench-studio-'));
const studio = await startStudio({ port: 0, folder });
const found: Record<string, unknown> = { alone: await alone(), reading: await reading(studio.url) };
const executablePath = findChromium();
if (executablePath) {
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  const page = (): Promise<Page> => browser.newPage({ viewport: { width: 1500, height: 900 } });
  found.studio = await watched(await page(), studio.url);
  found.recordSeenMs = await recordSeen(await page());
  const playground = new URL('../dist/playground.html', import.meta.url).pathname;
  if (existsSync(playground)) found.playground = await watched(await page(), pathToFileURL(playground).href);
  await browser.close();
}
await studio.close();
await rm(folder, { recursive: true, force: true });
console.log(JSON.stringify(found, undefined, 2));
