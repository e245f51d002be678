/** Run folders and pages of somebody else: nothing in them leads out of the folder, runs script, or is taken for what it is not. */

import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../src/gallery/system.js';
import { writeGallery } from '../src/gallery/write.js';
import { runToFolder } from '../src/index.js';
import { reportPage } from '../src/report/page.js';
import { readRun } from '../src/runs/read.js';
import { refusedIn } from '../src/runs/svg.js';
import { chromiumFlags, findChromium } from './support/chromium.js';
import { filling, hostile } from './support/experiment.js';

let out: string;
let whole: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'fprinciple-foreign-'));
  whole = (await runToFolder(filling, { out })).folder;
});
afterAll(() => rm(out, { recursive: true, force: true }));

let copies = 0;
/** A copy of a run folder, changed. */
async function changed(change: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = join(out, `copy-${copies++}`);
  await cp(whole, folder, { recursive: true });
  await change(folder);
  return folder;
}
const edited = (file: string, edit: (value: never) => unknown) =>
  changed(async (folder) => {
    const path = join(folder, file);
    const value = JSON.parse(await readFile(path, 'utf8')) as never;
    await writeFile(path, JSON.stringify(edit(value) ?? value));
  });

describe('a run folder of somebody else', () => {
  type Edit = (record: Record<string, never>) => unknown;
  it.each<[string, Edit, RegExp]>([
    [
      'a figure outside',
      (r) => ({ ...r, figures: [{ id: '../../secret', title: '', caption: '' }] }),
      /result.json: figures\[0\].id: expected lower-case/,
    ],
    ['a table outside', (r) => ({ ...r, tables: [{ id: '/etc/passwd', title: '' }] }), /tables\[0\].id/],
    ['an id outside', (r) => ({ ...r, id: '../x' }), /result.json: id/],
    ['no claims', (r) => ({ ...r, claims: undefined }), /result.json: claims/],
    [
      'a claim without a verdict',
      (r) => ({ ...r, claims: [{ ...(r.claims as unknown as object[])[0], pass: undefined }] }),
      /claims\[0\].pass/,
    ],
    [
      'a claim that expects nothing known',
      (r) => ({ ...r, claims: [{ ...(r.claims as unknown as object[])[0], expected: { relation: 'x' } }] }),
      /claims\[0\].expected/,
    ],
    ['a metric that is text', (r) => ({ ...r, metrics: { a: '<b>' } }), /metrics.a/],
    ['a seed that is text', (r) => ({ ...r, seed: '0' }), /result.json: seed/],
    ['a machine that is none', (r) => ({ ...r, machine: 'mine' }), /result.json: machine/],
    ['seconds that are none', (r) => ({ ...r, seconds: null }), /result.json: seconds/],
    ['a list', () => [], /expected object, received array/],
    ['null', () => 'null', /format/],
  ])('%s is refused by name', async (_, edit, message) => {
    const error = await edited('result.json', edit as never)
      .then(readRun)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'IO', message: expect.stringMatching(message) });
  });

  it.each([
    [
      'a picture from elsewhere',
      (p: { panels: { frames?: string[] }[] }) => void p.panels[1]!.frames!.splice(0, 1, 'http://x/y.png'),
      /frames\[0\]: expected a PNG/,
    ],
    [
      'too few rows',
      (p: { panels: { series: { y: unknown[] }[] }[] }) => void p.panels[0]!.series[1]!.y.pop(),
      /series\[1\].y: expected 8 entries, got 7/,
    ],
    ['no steps', () => ({ steps: [], loss: null, panels: [] }), /playback.json: steps/],
  ])('a playback with %s is refused', async (_, edit, message) => {
    await expect(edited('data/playback.json', edit as never).then(readRun)).rejects.toThrow(message);
  });

  it('that nests without end is refused', async () => {
    const folder = await changed(async (at) => {
      const text = await readFile(join(at, 'result.json'), 'utf8');
      await writeFile(
        join(at, 'result.json'),
        text.replace(/"measured": 1/, `"measured": ${'['.repeat(50_000)}${']'.repeat(50_000)}`),
      );
    });
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'IO' });
  });

  it.skipIf(process.platform === 'win32')('links and pipes in place of its files are refused', async () => {
    const secret = join(out, 'secret.svg');
    await writeFile(secret, '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const link = await changed(async (folder) => {
      await rm(join(folder, 'figures/sum.svg'));
      await symlink(secret, join(folder, 'figures/sum.svg'));
    });
    await expect(readRun(link)).rejects.toThrow('figures/sum.svg cannot be read: it is a link that leads out');
    const pipe = await changed(async (folder) => {
      await rm(join(folder, 'data/steps.csv'));
      spawnSync('mkfifo', [join(folder, 'data/steps.csv')]);
    });
    await expect(readRun(pipe)).rejects.toThrow('it is no file');
  });

  const svg = (inside: string, attributes = '') =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"${attributes}>${inside}</svg>`;
  const scripted = [
    svg('<script>window.hacked = 1</script>'),
    svg('<SCRIPT>1</SCRIPT>'),
    svg('', ' onload="window.hacked = 1"'),
    svg("<rect onclick='1'/>"),
    svg('<a href="javascript:1"><rect/></a>'),
    svg('<image href="http://example.org/x.png"/>'),
    svg('<image href="&#104;ttp://example.org/x.png"/>'),
    svg('<foreignObject><iframe/></foreignObject>'),
    svg('<rect style="fill: url(http://example.org/x)"/>'),
    svg('<rect style="fill: u&#114;l(http://example.org/x)"/>'),
    svg('<style>@import url(http://example.org/x)</style>'),
    svg('<g xmlns="http://www.w3.org/1999/xhtml"><img/></g>'),
    svg('<x:script xmlns:x="http://www.w3.org/2000/svg">1</x:script>'),
    svg('<animate onbegin="1"/>'),
    svg('<!-- --><![CDATA[<script>]]>'),
    `<!DOCTYPE svg [<!ENTITY a "<script>1</script>">]>${svg('&a;')}`,
    `<?xml-stylesheet href="x.css"?>${svg('')}`,
    svg('<rect'),
  ];

  it.each(scripted)('a figure that is more than a picture is refused: %s', async (text) => {
    expect(refusedIn(text)).toMatch(/^expected a plain SVG, got /);
    const folder = await changed((at) => writeFile(join(at, 'figures/sum.svg'), text));
    await expect(readRun(folder)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('figures/sum.svg'),
    });
  });

  it('a page that was given such a figure all the same shows it as a picture', async () => {
    const run = await readRun(whole);
    const page = reportPage([
      { ...run, figures: Object.fromEntries(Object.keys(run.figures).map((id) => [id, scripted[0]!])) },
    ]);
    expect(page).not.toContain('window.hacked = 1');
    expect(page).toMatch(/script-src &#39;sha256-[A-Za-z0-9+/=]{44}&#39;/);
    expect(page).not.toMatch(/script-src[^"]*unsafe/);
    // No handler of an element's own, no link that is a program.
    const markup = page.replaceAll(/<script[\s\S]*?<\/script>/g, '');
    expect(markup).not.toMatch(/href="(?!#|data:)/);
    expect(markup.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^<>]*\son[a-z]+=/i);
  });

  const executablePath = findChromium();
  it.skipIf(!executablePath)(
    'in a browser: its texts are texts, its figures run nothing, a script put into the page is not run',
    async () => {
      const text = `${hostile}<script>window.hacked=1</script>`;
      const folder = await edited('result.json', (record: Record<string, never>) => ({
        ...record,
        ...{ title: text, source: text, statement: text, simd: text, versions: { [text]: text }, started: text },
        claims: [
          { ...(record.claims as unknown as object[])[0], statement: text, unit: text, labels: [text, text, text] },
        ],
        problems: [{ field: text, message: text }],
      }));
      const run = await readRun(folder);
      const evil = { ...run, figures: { ...run.figures, sum: scripted[0]! } };
      const path = join(out, 'evil.html');
      const page = reportPage([evil, evil]).replace(
        '<footer>',
        '<script>window.hacked = 2</script><img src="x" onerror="window.hacked = 3"><footer>',
      );
      await writeFile(path, page);
      const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumFlags });
      try {
        const tab = await browser.newPage();
        await tab.goto(pathToFileURL(path).href);
        expect(await tab.locator('.playback output').first().textContent()).toContain('step 1');
        expect(await tab.evaluate('window.hacked')).toBeUndefined();
        expect(await tab.locator('h2').first().textContent()).toBe(text);
        const widths = await tab
          .locator('figure img')
          .evaluateAll((images) => images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth));
        expect(widths).toHaveLength(6);
        expect(Math.min(...widths)).toBeGreaterThan(0);
      } finally {
        await browser.close();
      }
    },
  );
});

it('the gallery writes inside its folder, figures of the record only', async () => {
  const run = await readRun(whole);
  const gallery = join(out, 'deep/gallery');
  const stray = { ...run, figures: { ...run.figures, '../../../stray': '<svg/>' } };
  const system: System = { experiment: filling, run: stray, paper: [] };
  await writeGallery(gallery, [system]);
  const files = await readdir(out, { recursive: true });
  expect(files.filter((file) => file.includes('stray'))).toEqual([]);
  expect(await readdir(join(gallery, 'figures'))).toHaveLength(3);
});
