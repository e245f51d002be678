/**
 * Writes the gallery: a folder of pages and pictures whose links are relative, so that it opens from disk and from any
 * static host.
 *
 * ```
 * <out>/index.html   sources.html   <id>.html   figures/<id>-<figure>.svg   thumbnails/<id>.png
 * ```
 */
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../core/files.js';
import { renderPng } from '../figures/render.js';
import { en, type Words } from '../words/index.js';
import { indexPage } from './index-page.js';
import { sourcesPage } from './sources-page.js';
import type { System } from './system.js';
import { figureFile, systemPage, widthOf } from './system-page.js';
import { byTheme } from './themes.js';

/** Pixels across a thumbnail: twice what a card shows, for dense screens. */
const thumbnailWidth = 560;

/**
 * Writes the pages of `systems` into `out`, whose pages and pictures of before are removed. `playground`: its file, where it was
 * made; the first page links to a copy.
 */
export async function writeGallery(
  out: string,
  systems: readonly System[],
  playground?: string,
  words: Words = en,
): Promise<void> {
  for (const folder of ['figures', 'thumbnails']) {
    await rm(join(out, folder), { recursive: true, force: true });
    await makeFolder(join(out, folder));
  }
  const pictures = new Set<string>();
  const ordered = byTheme(systems).flatMap((group) => group.systems);
  for (const [i, system] of ordered.entries()) {
    const { experiment, run } = system;
    const { id } = experiment;
    const neighbours = { before: ordered[i - 1]?.experiment, after: ordered[i + 1]?.experiment };
    await writeFile(join(out, `${id}.html`), systemPage(system, neighbours, words));
    if (!run) continue;
    // By the record's ids, which were checked when the folder was read.
    for (const figure of run.record.figures) {
      await writeFile(join(out, figureFile(id, figure.id)), run.figures[figure.id] ?? '');
    }
    const first = run.figures[run.record.figures[0]?.id ?? ''];
    if (first === undefined) continue;
    await writeFile(
      join(out, `thumbnails/${id}.png`),
      renderPng(first, thumbnailWidth / (widthOf(first) || thumbnailWidth)),
    );
    pictures.add(id);
  }
  await writeFile(join(out, 'sources.html'), sourcesPage(systems, words));
  if (playground !== undefined) await copyFile(playground, join(out, 'playground.html'));
  await writeFile(join(out, 'index.html'), indexPage(systems, pictures, words, playground !== undefined));
}
