/**
 * Times of the studio, printed as JSON: opening to the first training step, frames and long tasks of the page while
 * 1-64x2-1 trains on 200 points, and what a client that only reads costs the training.
 */
import { chromium } from 'playwright-core';
import { WebSocket } from 'ws';
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

const studio = await startStudio({ port: 0 });
const found = { alone: await alone(), reading: await reading(studio.url) } as Record<string, number>;
const executablePath = findChromium();
if (executablePath) {
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
  const began = performance.now();
  await page.goto(`${studio.url}#${encodeState({ ...state, steps: 200_000 })}`);
  while (!(await page.evaluate(`/step [1-9]/.test(document.getElementById('now')?.textContent)`)))
    await page.waitForTimeout(10);
  found.firstStepMs = performance.now() - began;
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
  Object.assign(found, seen);
  await browser.close();
}
await studio.close();
console.log(JSON.stringify(found, undefined, 2));
