import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToFolder } from '../src/index.js';
import { html, raw, scriptJson } from '../src/report/html.js';
import { chromiumFlags, findChromium } from './support/chromium.js';
import { filling, hostile } from './support/experiment.js';

describe('HTML by template', () => {
  it('escapes every value', () => {
    expect(html`<p title="${'"'}">${'<&>'} ${[1, 'x', html`<b>${'<'}</b>`]}${null}${false}</p>`.text).toBe(
      '<p title="&quot;">&lt;&amp;&gt; 1x<b>&lt;</b></p>',
    );
    expect(html`${raw('<i>')}`.text).toBe('<i>');
    expect(scriptJson({ text: '</script><!--\u2028' }).text).not.toMatch(/[<>\u2028]/);
    expect(JSON.parse(scriptJson({ text: hostile }).text)).toEqual({ text: hostile });
  });
});

const executablePath = findChromium();
if (!executablePath) console.warn('no Chromium on the PATH (or in CHROMIUM): the report is not opened in a browser');

describe.skipIf(!executablePath)('the report in Chromium', () => {
  let folder: string;
  let out: string;
  let browser: Browser;
  const troubles: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'fprinciple-report-'));
    folder = (await runToFolder(filling, { out })).folder;
    browser = await chromium.launch({ executablePath: executablePath!, args: chromiumFlags });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(out, { recursive: true, force: true });
  });

  const open = async (width: number): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => void (request.url().startsWith('data:') || requests.push(request.url())));
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    return page;
  };

  it('opens from disk without errors and asks nothing of the network', async () => {
    const page = await open(1200);
    expect(troubles).toEqual([]);
    expect(requests).toEqual([pathToFileURL(join(folder, 'report.html')).href]);
    expect(await page.locator('figure img').count()).toBe(3);
    expect(await page.locator('.verdict').allTextContents()).toEqual(['✓ holds', '✗ failed']);
    await page.close();
  });

  it('escapes what a user wrote', async () => {
    const page = await open(1200);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('h2').textContent()).toBe(`A sum fills ${hostile}`);
    expect(await page.locator('figcaption').first().textContent()).toBe(hostile);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await page.close();
  });

  it('moves every panel with the slider, by keyboard too', async () => {
    const page = await open(1200);
    const slider = page.locator('.playback input');
    const state = async () => {
      // Charts are drawn after the page, and again once they know their width.
      await page.evaluate(
        'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn, 50))))',
      );
      return {
        said: await page.locator('.playback output').textContent(),
        curve: await page
          .locator('.playback canvas')
          .first()
          .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL()),
        image: await page.locator('.playback img').getAttribute('src'),
      };
    };
    const first = await state();
    expect(first.said).toBe('step 1, loss 1');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const third = await state();
    expect(third.said).toBe('step 4, loss 0.25');
    expect(await slider.getAttribute('aria-valuetext')).toBe(third.said);
    expect(third.curve).not.toBe(first.curve);
    expect(third.image).not.toBe(first.image);
    await page.keyboard.press('End');
    expect((await state()).said).toContain('step 128');
    await page.keyboard.press('Home');
    expect(await state()).toEqual(first);
    await page.locator('.playback button').click();
    await expect.poll(() => slider.inputValue(), { timeout: 10_000 }).toMatch(/^[1-7]$/);
    await page.close();
  });

  it('fits a phone', async () => {
    const page = await open(360);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(await page.locator('.playback input').boundingBox()).toMatchObject({
      width: expect.toSatisfy((w: number) => w > 200),
    });
    await page.close();
  });
});
