import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectRun } from '../src/gallery/collect.js';
import { formulaHtml } from '../src/gallery/formula.js';
import { indexPage } from '../src/gallery/index-page.js';
import { paperDigest, parametersDigest, readPaperRuns, recordPaperRuns } from '../src/gallery/paper-runs.js';
import { newcomersPath } from '../src/gallery/path.js';
import type { System } from '../src/gallery/system.js';
import { writeGallery } from '../src/gallery/write.js';
import { experimentById, experiments, runToFolder } from '../src/index.js';
import { en } from '../src/words/index.js';
import { chromiumFlags, findChromium } from './support/chromium.js';
import { root } from './support/cli.js';
import { filling, hostile } from './support/experiment.js';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'fprinciple-gallery-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe('recorded paper runs', () => {
  it('keep time, machine and claims of each id and seed, the last one of each, in order', async () => {
    const file = join(out, 'paper-runs.json');
    expect(await readPaperRuns(file)).toEqual([]);
    const two = await runToFolder(filling, { out, preset: 'paper', seed: 2 });
    const zero = await runToFolder(filling, { out, preset: 'paper' });
    await recordPaperRuns(file, [two.folder]);
    const [added] = await recordPaperRuns(file, [zero.folder]);
    expect(added).toMatchObject({
      id: 'filling',
      seed: 0,
      parameters: parametersDigest(zero.record.parameters),
      version: zero.record.versions.fprinciple,
      claims: [
        { id: 'order', pass: true, unit: 'steps' },
        { id: 'failing', measured: 1, pass: false },
      ],
    });
    expect(added!.parameters).toBe(paperDigest(filling));
    expect(added!.machine).toMatch(/, \d+ cores$/);
    await recordPaperRuns(file, [two.folder, zero.folder]);
    expect((await readPaperRuns(file)).map(({ seed }) => seed)).toEqual([0, 2]);
    expect(await readPaperRuns(file)).toContainEqual(added);
  });

  it('are of paper presets and whole folders only', async () => {
    const file = join(out, 'refused.json');
    const quick = await runToFolder(filling, { out });
    await expect(recordPaperRuns(file, [quick.folder])).rejects.toThrow(
      'expected a run of the paper preset, got "quick"',
    );
    await expect(recordPaperRuns(file, [join(out, 'nowhere')])).rejects.toMatchObject({ code: 'IO' });
    await writeFile(file, '{');
    await expect(readPaperRuns(file)).rejects.toThrow('is not JSON');
  });

  it('that are committed belong to experiments there are', async () => {
    const runs = await readPaperRuns(fileURLToPath(new URL('../docs/paper-runs.json', import.meta.url)));
    const ids = new Set(experiments.map(({ id }) => id));
    expect(runs.filter(({ id }) => !ids.has(id))).toEqual([]);
    for (const run of runs)
      expect(run).toMatchObject({ parameters: expect.stringMatching(/^[0-9a-f]{8}$/), claims: expect.any(Array) });
  });
});

describe('formulas', () => {
  it('lower and raise, and escape the rest', () => {
    expect(formulaHtml('λ_kt ≤ x_{ij}^2 < e^{−ikx_j}').text).toBe(
      'λ<sub>k</sub>t ≤ x<sub>ij</sub><sup>2</sup> &lt; e<sup>−ikx<sub>j</sub></sup>',
    );
    expect(formulaHtml(hostile).text).not.toContain('<img');
  });

  it('are there for every experiment, in one line, with nothing left unread', () => {
    for (const { id, formula } of experiments) {
      expect(formula, id).toMatch(/^[^\n]{5,160}$/);
      expect(formulaHtml(formula!).text, id).not.toMatch(/[_^]/);
    }
  });
});

describe('the runs of the gallery', () => {
  it('are used again while parameters, version and file are the same', async () => {
    const runs = join(out, 'runs');
    const file = join(out, 'experiment.ts');
    await writeFile(file, '');
    await utimes(file, new Date(), new Date(Date.now() - 60_000));
    const first = await collectRun(filling, { runs, file });
    const second = await collectRun(filling, { runs, file });
    expect([first.reused, second.reused]).toEqual([false, true]);
    expect(second.run.record).toEqual(first.run.record);
    expect((await collectRun(filling, { runs, file, fresh: true })).reused).toBe(false);
    await utimes(file, new Date(), new Date(Date.now() + 60_000));
    expect((await collectRun(filling, { runs, file })).reused).toBe(false);
    const record = join(runs, 'filling-quick-seed0/result.json');
    await writeFile(record, (await readFile(record, 'utf8')).replace(/"fprinciple": "[^"]+"/, '"fprinciple": "0.0.0"'));
    expect((await collectRun(filling, { runs })).reused).toBe(false);
    expect((await collectRun(filling, { runs })).reused).toBe(true);
    await writeFile(record, (await readFile(record, 'utf8')).replace(/"code": "[^"]+"/, '"code": "another"'));
    expect((await collectRun(filling, { runs })).reused).toBe(false);
    await writeFile(record, '{');
    expect((await collectRun(filling, { runs })).reused).toBe(false);
  });
});

const executablePath = findChromium();
if (!executablePath) console.warn('no Chromium on the PATH (or in CHROMIUM): the gallery is not opened in a browser');

describe('the gallery', () => {
  const harmonics = experimentById('relu-harmonics');
  let gallery: string;
  let browser: Browser | undefined;
  beforeAll(async () => {
    gallery = join(out, 'gallery');
    const runs = join(out, 'gallery-runs');
    const file = join(out, 'paper.json');
    await recordPaperRuns(file, [(await runToFolder(filling, { out: runs, preset: 'paper' })).folder]);
    const paper = await readPaperRuns(file);
    const systems: System[] = [
      { experiment: filling, paper, run: (await collectRun(filling, { runs })).run, code: hostile },
      { experiment: harmonics, paper: [], run: (await collectRun(harmonics, { runs })).run },
      { experiment: experimentById('aliasing'), paper: [{ ...paper[0]!, id: 'aliasing' }], failure: hostile },
      { experiment: experimentById('pinn'), paper: [] },
    ];
    await writeGallery(gallery, systems);
    // Written twice: what was there before is replaced.
    const playground = join(gallery, 'made.html');
    await writeFile(playground, '<p>the playground</p>');
    await writeGallery(gallery, systems, playground);
    expect(await readFile(join(gallery, 'index.html'), 'utf8')).toContain('href="playground.html"');
    expect(await readFile(join(gallery, 'playground.html'), 'utf8')).toBe('<p>the playground</p>');
    await rm(playground);
    await rm(join(gallery, 'playground.html'));
    await writeGallery(gallery, systems);
    if (executablePath) browser = await chromium.launch({ executablePath, args: chromiumFlags });
  });
  afterAll(() => browser?.close());

  const text = (page: string) => readFile(join(gallery, page), 'utf8');

  it('is pages, figures and thumbnails', async () => {
    expect((await readdir(gallery)).sort()).toEqual(
      [
        'aliasing.html',
        'figures',
        'filling.html',
        'index.html',
        'pinn.html',
        'relu-harmonics.html',
        'sources.html',
        'thumbnails',
      ].sort(),
    );
    expect(await readdir(join(gallery, 'thumbnails'))).toEqual(['filling.png', 'relu-harmonics.png']);
  });

  it('opens with a path of seven for newcomers', () => {
    const page = indexPage(
      experiments.map((experiment) => ({ experiment, paper: [] })),
      new Set(),
      en,
    );
    const [, list = ''] = /<ol class="path">([\s\S]*?)<\/ol>/.exec(page) ?? [];
    const linked = [...list.matchAll(/href="([^"]+)\.html"/g)].map(([, id]) => id);
    expect(linked).toHaveLength(7);
    expect(linked).toEqual(newcomersPath);
    expect(page.indexOf('class="path"')).toBeLessThan(page.indexOf('class="cards"'));
  });

  it('says what the paper preset measured, or its estimate', async () => {
    expect(await text('filling.html')).toMatch(
      /Paper preset, seed 0: [\d.]+ s on .*, \d+ cores, \d{4}-\d\d-\d\d, version \d/,
    );
    expect(await text('filling.html')).not.toContain('parameters have changed');
    expect(await text('aliasing.html')).toContain('parameters have changed');
    expect(await text('relu-harmonics.html')).toContain('About 2 s on two cores (an estimate)');
  });

  it('shows TypeScript that runs as it stands', async () => {
    const code = /<code class="typescript">([\s\S]*?)<\/code>/.exec(await text('relu-harmonics.html'))![1]!;
    const file = join(out, 'snippet.mjs');
    const plain = code.replaceAll('&#39;', "'").replaceAll('&gt;', '>').replaceAll('&lt;', '<');
    await writeFile(file, plain.replace("'fprinciple'", JSON.stringify(join(root, 'src/index.ts'))));
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout.split('\n').filter((line) => line.startsWith('holds  '))).toHaveLength(6);
  });

  describe.skipIf(!executablePath)('in Chromium', () => {
    const troubles: string[] = [];
    const open = async (name: string, width: number): Promise<Page> => {
      const page = await browser!.newPage({ viewport: { width, height: 844 } });
      page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
      page.on('pageerror', (error) => troubles.push(error.message));
      page.on('request', (request) => void (/^(file|data):/.test(request.url()) || troubles.push(request.url())));
      page.on('requestfailed', (request) => troubles.push(request.url()));
      await page.goto(pathToFileURL(join(gallery, name)).href);
      return page;
    };
    const pages = ['index', 'filling', 'relu-harmonics', 'aliasing', 'pinn'].map((name) => `${name}.html`);

    it.each(pages)(
      '%s: no errors, no network, fits a phone, escapes, and its links and pictures are there',
      async (name) => {
        for (const width of [1200, 390]) {
          const page = await open(name, width);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
          expect(await page.evaluate('window.hacked')).toBeUndefined();
          expect(await page.locator('img[src="x"]').count()).toBe(0);
          const broken = `Promise.all([...document.images].map((i) => { i.loading = 'eager'; return i.decode().then(() => 0, () => i.src); }))`;
          expect((await page.evaluate(broken)) as unknown[]).toEqual(expect.not.arrayContaining([expect.any(String)]));
          const links = (await page.evaluate(
            `[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))`,
          )) as string[];
          expect(links.length).toBeGreaterThan(2);
          for (const link of links) {
            // Sources are linked by their ids; nothing is fetched of them.
            if (/^https:\/\/(arxiv\.org\/abs|doi\.org)\//.test(link)) continue;
            expect(link).not.toMatch(/^([a-z]+:|\/)/);
            if (link.startsWith('#')) expect(await page.locator(`[id="${link.slice(1)}"]`).count()).toBe(1);
            else expect(existsSync(join(gallery, link.split('#')[0]!)), link).toBe(true);
          }
          await page.close();
        }
        expect(troubles).toEqual([]);
      },
    );

    it('goes from the index to a system and its slider by keyboard', async () => {
      const page = await open('index.html', 1200);
      const card = page.locator('.card a', { hasText: 'ReLU adds' });
      await card.focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/relu-harmonics\.html$/);
      expect(await page.locator('.formula sup').first().textContent()).toBe('2');
      await page.locator('.pager a').first().focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/pinn\.html$/);
      await page.goto(pathToFileURL(join(gallery, 'filling.html')).href);
      await page.locator('.playback input').focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('.playback output').textContent()).toBe('step 2, loss 0.5');
      await page.close();
    });
  });
});
