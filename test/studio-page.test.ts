import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToFolder, sweep } from '../src/index.js';
import { lessons } from '../src/studio/lessons.js';
import { type Studio, startStudio } from '../src/studio/server/server.js';
import { defaultState, encodeState, type StudioState } from '../src/studio/state.js';
import { chromiumFlags, findChromium } from './support/chromium.js';
import { fprinciple, root } from './support/cli.js';
import { filling } from './support/experiment.js';

const executablePath = findChromium();
if (!executablePath) console.warn('no Chromium on the PATH (or in CHROMIUM): the studio is not opened in a browser');
const built = existsSync(join(root, 'dist/studio/page/page.js'));
if (!built) console.warn("the studio's page is not built (npm run build:ts): it is not opened");

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const small: StudioState = { ...defaultState, steps: 300, samples: { ...defaultState.samples, count: 60 } };

/** Eight small trainings. */
const swept = {
  training: { data: { points: 16 }, steps: 40, records: 2 },
  grid: { 'network.hidden': [[4], [16]], 'optimizer.learningRate': [0.001, 0.03] },
  seeds: [0, 1],
};
const sweepArgs = ['training', '--grid', 'network.hidden=[4],[16]', '--seeds', '0..40', '--set', 'steps=2000'];

/** The process that listens on a port of this machine: it is not our child, and says no number. */
function listener(port: number): number {
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((text) => text.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`));
  const inode = line?.trim().split(/\s+/)[9];
  const holds = (pid: string) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`);
    } catch {
      return false;
    }
  };
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holds(name));
  if (pid === undefined) throw new Error(`nobody listens on ${port}`);
  return Number(pid);
}

describe.skipIf(!executablePath || !built)('the studio in Chromium', () => {
  let folder: string;
  let studio: Studio;
  let browser: Browser;
  const troubles: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fprinciple-studio-page-'));
    studio = await startStudio({ port: 0, folder });
    browser = await chromium.launch({ executablePath: executablePath!, args: chromiumFlags });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(state?: StudioState, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, ...options });
    page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(studio.url + (state ? `#${encodeState(state)}` : ''));
    return page;
  }
  /** By evaluations of its own: those of Playwright's `waitForFunction` use eval, which the page's policy forbids. */
  async function until(page: Page, expression: string, timeout = 110_000): Promise<void> {
    const end = Date.now() + timeout;
    while (!(await page.evaluate(expression))) {
      if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${expression}`);
      await page.waitForTimeout(50);
    }
  }
  const isDone = (page: Page) =>
    until(
      page,
      `document.getElementById('play')?.textContent === 'Play' && /Training done/.test(document.body.textContent)`,
    );
  const now = (page: Page) => page.locator('#now').textContent();

  it('begins to train by itself, and learns one cycle before five', async () => {
    const page = await open({ ...defaultState, steps: 2000 });
    await until(page, `/step [1-9]/.test(document.getElementById('now')?.textContent)`);
    await isDone(page);
    const said = (await page.locator('#heat-a canvas').getAttribute('aria-label'))!;
    const steps = [...said.matchAll(/frequency (\d+) learnt from step (\d+)/g)].map(([, k, step]) => [
      Number(k),
      Number(step),
    ]);
    expect(steps.map(([k]) => k)).toEqual([1, 5]);
    expect(steps[0]![1]).toBeLessThan(steps[1]![1]!);
    await page.close();
    expect(troubles).toEqual([]);
  }, 120_000);

  it('gives the same losses from the same link, and the slider goes back in time by keyboard', async () => {
    const texts: (string | null)[] = [];
    for (let i = 0; i < 2; i++) {
      const page = await open(small);
      await isDone(page);
      texts.push(await now(page));
      await page.locator('.time input').focus();
      await page.keyboard.press('Home');
      expect(await now(page)).toMatch(/^step 0, /);
      await page.keyboard.press('ArrowRight');
      expect(await now(page)).toMatch(/^step 1, /);
      await page.close();
    }
    expect(texts[0]).toMatch(/^step 300, loss /);
    expect(texts[1]).toBe(texts[0]);
  }, 120_000);

  it('pauses, steps, resets and changes its state by keyboard; the address follows', async () => {
    const page = await open({ ...small, steps: 200_000 });
    await until(page, `/step [1-9]/.test(document.getElementById('now')?.textContent)`);
    await page.locator('#play').focus();
    await page.keyboard.press('Enter');
    await until(page, `document.getElementById('play').textContent === 'Play'`);
    const step = async () => Number((await now(page))!.match(/step ([\d,]+)/)![1]!.replaceAll(',', ''));
    // What was on its way when it was stopped is still drawn.
    let before = -1;
    for (let now = await step(); now !== before; now = await step()) {
      before = now;
      await page.waitForTimeout(300);
    }
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await until(page, `!document.getElementById('now').textContent.startsWith('step ${before.toLocaleString('en')},')`);
    expect(await step()).toBe(before + 1);
    await page.getByRole('button', { name: 'Reset' }).click();
    await until(page, `/^step 0,/.test(document.getElementById('now').textContent)`);
    const address = page.url();
    await page.getByLabel('Hidden widths').fill('8');
    await page.keyboard.press('Enter');
    await until(page, `location.href !== ${JSON.stringify(address)}`);
    await page.getByLabel('Formula of x').fill('sin(x');
    await page.keyboard.press('Enter');
    await until(page, `!document.querySelector('.failure').hidden`);
    expect(await page.locator('.failure').textContent()).toContain('at character');
    await page.close();
  }, 120_000);

  it('takes a target that is drawn, a table and a picture', async () => {
    const page = await open(small);
    await isDone(page);
    const box = (await page.locator('.sketch').boundingBox())!;
    await page.mouse.move(box.x + 10, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await until(page, `/drawn/.test(atob(location.hash.slice(1).replaceAll('-', '+').replaceAll('_', '/')))`);
    const csv = Array.from({ length: 50 }, (_, i) => `${i},${Math.sin(i / 8)}`).join('\n');
    await page
      .locator('#own-file')
      .setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(`x,y\n${csv}`) });
    await until(page, `/mine.csv/.test(atob(location.hash.slice(1).replaceAll('-', '+').replaceAll('_', '/')))`);
    const drawn = `(() => { const c = document.createElement('canvas'); c.width = c.height = 40; c.getContext('2d').fillRect(5, 5, 20, 20); return c.toDataURL(); })()`;
    const png = Buffer.from(((await page.evaluate(drawn)) as string).split(',')[1]!, 'base64');
    await page.locator('#own-file').setInputFiles({ name: 'mine.png', mimeType: 'image/png', buffer: png });
    await page.waitForSelector('.pictures canvas');
    expect(await page.locator('.pictures canvas').count()).toBe(3);
    await page.close();
  }, 120_000);

  it('shows what is taken away', async () => {
    const page = await open(small);
    await isDone(page);
    await page.locator('#take-away summary').click();
    for (const [name, holds] of [
      ['typescript', 'createModel'],
      ['experiment', 'defineExperiment'],
      ['sweep', '"grid"'],
      ['pytorch', 'nn.Module'],
    ]) {
      await page.locator(`[data-export=${name}]`).click();
      expect(await page.locator('#exported').inputValue()).toContain(holds);
    }
    const files: string[] = [];
    page.on('download', (download) => files.push(download.suggestedFilename()));
    await page.getByRole('button', { name: 'Figures as SVG' }).click();
    const gif = page.waitForEvent('download', {
      predicate: (one) => one.suggestedFilename().endsWith('.gif'),
      timeout: 60_000,
    });
    await page.getByRole('button', { name: 'Training as GIF' }).click();
    const path = await (await gif).path();
    expect((await readFile(path)).subarray(0, 6).toString()).toBe('GIF89a');
    expect(files).toEqual(expect.arrayContaining(['fit.svg', 'spectrum.svg', 'heat-a.svg', 'loss.svg']));
    await page.close();
  }, 120_000);

  it.each(lessons.map((lesson) => [lesson.id, lesson] as const))(
    'lesson %s shows what it asks for',
    async (id) => {
      const page = await open({ ...small, steps: 1 });
      await page.locator('#lesson').selectOption(id);
      await until(page, `document.getElementById('lesson-seen')?.dataset.seen === 'true'`, 240_000);
      await page.close();
    },
    250_000,
  );

  it.each([
    ['light', 1500, false],
    ['dark', 900, true],
    ['light', 390, false],
  ] as const)(
    '%s, %i wide: no violation of axe-core, nothing sticks out',
    async (colorScheme, width, two) => {
      const state = two ? { ...small, b: { ...small.a, activation: 'relu' as const } } : small;
      const page = await open(state, { viewport: { width, height: 844 }, colorScheme, reducedMotion: 'reduce' });
      await isDone(page);
      await page.locator('#take-away summary').click();
      await page.locator('[data-export=typescript]').click();
      await page.locator('#lesson').selectOption('aliasing');
      await page.waitForSelector('#lesson-text');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      // The page's policy lets no script in, the debugger's own goes around it.
      await page.evaluate(await axe);
      const { violations } = (await page.evaluate('axe.run()')) as {
        violations: { id: string; nodes: { html: string }[] }[];
      };
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
      await page.close();
    },
    120_000,
  );

  it('stays where it is while it trains: no layout shift that one sees', async () => {
    for (const width of [1500, 390]) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.addInitScript(`window.shifts = [];
        new PerformanceObserver((list) => {
          for (const { value, sources } of list.getEntries())
            shifts.push([value, sources.map(({ node }) => node?.id || node?.className || node?.nodeName).join()]);
        }).observe({ type: 'layout-shift', buffered: true });`);
      await page.goto(`${studio.url}#${encodeState(small)}`);
      await isDone(page);
      await page.waitForTimeout(500);
      const shifts = (await page.evaluate('shifts')) as [number, string][];
      // Lighthouse calls up to 0.1 good.
      expect(
        shifts.reduce((sum, [value]) => sum + value, 0),
        JSON.stringify(shifts),
      ).toBeLessThan(0.1);
      await page.close();
    }
  }, 120_000);

  it('lists runs, shows one that goes on, and starts an experiment', async () => {
    await runToFolder(filling, { out: join(folder, 'runs') });
    const page = await open();
    await page.getByRole('button', { name: 'Experiments' }).click();
    await page.getByLabel('Experiment', { exact: true }).selectOption('relu-harmonics');
    await page.locator('#start').click();
    await until(page, `/has been started/.test(document.getElementById('started').textContent)`);
    await page.getByRole('button', { name: 'Runs' }).click();
    await page.waitForSelector('text=filling-quick-seed0');
    await page.waitForSelector('[data-live=relu-harmonics]');
    await page.waitForSelector('[data-live=relu-harmonics] a', { timeout: 60_000 });
    await page.evaluate(await axe);
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.close();
  }, 120_000);

  it('is a command: it says its address, and ends when it is asked to', async () => {
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'studio', '--no-open', '--port', '0'], {
      cwd: folder,
    });
    const said = await new Promise<string>((done) => child.stdout.once('data', (text) => done(String(text))));
    expect(said).toMatch(/http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{24}/);
    const code = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    expect(await code).toBe(0);
  }, 60_000);

  it('opens beside a run and a sweep, and neither waits for it: killed, it stops nothing', async () => {
    const address = (said: string) => /http:\/\/127\.0\.0\.1:(\d+)\/\?token=\S+/.exec(said);
    for (const { args, seen } of [
      {
        args: ['run', 'relu-harmonics', '--out', join(folder, 'live/runs')],
        seen: '[data-live=relu-harmonics]',
      },
      { args: ['sweep', ...sweepArgs, '--out', join(folder, 'live/sweep')], seen: '#sweep-standing' },
    ]) {
      let page: Promise<void> | undefined;
      const ended = await fprinciple([...args, '--live'], {
        during: (_, said) => {
          const found = address(said);
          if (!found || page) return;
          page = (async () => {
            const beside = await browser.newPage();
            await beside.goto(found[0]);
            await beside.waitForSelector(seen);
            process.kill(listener(Number(found[1])), 'SIGKILL');
            await beside.close();
          })();
        },
      });
      expect(ended.code, ended.stderr).toBe(0);
      expect(address(ended.stderr), 'its address is said').not.toBeNull();
      await page;
    }
  }, 240_000);

  it('shows a sweep: how far it is, every run, medians by parameter, and what matters', async () => {
    const runs = [];
    for await (const run of sweep({ ...swept, out: join(folder, 'seen') })) runs.push(run);
    const page = await open();
    await page.getByRole('button', { name: 'Sweeps' }).click();
    await page.getByLabel('Sweep', { exact: true }).selectOption('seen');
    await page.getByLabel('Metric').selectOption('loss');
    await until(
      page,
      `/^${runs.length} of ${runs.length} done, 0 failed/.test(document.getElementById('sweep-standing')?.textContent)`,
    );
    const axes = page.getByRole('img', { name: /Parallel coordinates/ });
    expect(await axes.getAttribute('aria-label')).toMatch(
      new RegExp(`of ${runs.length} runs: .*network\\.hidden.*loss`),
    );
    expect(await axes.locator('path').count()).toBeGreaterThanOrEqual(runs.length);
    // The medians are those of the runs.
    const byWidth = page.locator('section', {
      has: page.getByRole('heading', { name: 'loss by optimizer.learningRate' }),
    });
    const shown = await byWidth
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...(row as unknown as { cells: { textContent: string }[] }).cells].map((cell) => cell.textContent),
        ),
      );
    expect(shown.map(([value, , , count]) => [value, count])).toEqual([
      ['0.001', '4'],
      ['0.03', '4'],
    ]);
    for (const [rate, median] of shown) {
      const losses = runs
        .flatMap((run) =>
          run.status === 'failed' || String(run.point['optimizer.learningRate']) !== rate ? [] : [run.metrics.loss!],
        )
        .sort((a, b) => a - b);
      expect(Number(median)).toBeCloseTo((losses[1]! + losses[2]!) / 2, 3);
    }
    await page.evaluate(await axe);
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.close();
  }, 120_000);
});
