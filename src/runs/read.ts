/** Reading run folders back, for reports. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FprincipleError } from '../errors.js';
import type { ReportedRun } from '../report/page.js';
import type { PlaybackData } from '../report/playback.js';
import { type RunRecord, recordFormat } from './record.js';

/**
 * A run folder's record, figures, tables and playback.
 *
 * @throws FprincipleError `IO` when it is no run folder, or one of another version's.
 */
export async function readRun(folder: string): Promise<ReportedRun> {
  const text = async (path: string): Promise<string> => {
    try {
      return await readFile(join(folder, path), 'utf8');
    } catch (cause) {
      throw new FprincipleError('IO', `${folder} is not a whole run folder: ${path} cannot be read`, { cause });
    }
  };
  const json = async (path: string): Promise<unknown> => {
    try {
      return JSON.parse(await text(path));
    } catch (cause) {
      if (cause instanceof FprincipleError) throw cause;
      throw new FprincipleError('IO', `${folder}: ${path} is damaged`, { cause });
    }
  };
  const record = (await json('result.json')) as RunRecord;
  if (record?.format !== recordFormat) {
    throw new FprincipleError(
      'IO',
      `${folder}: expected a result of format ${recordFormat}, got ${String(record?.format)}`,
    );
  }
  const figures: Record<string, string> = {};
  for (const { id } of record.figures) figures[id] = await text(`figures/${id}.svg`);
  const tables: Record<string, string> = {};
  for (const { id } of record.tables) tables[id] = await text(`data/${id}.csv`);
  const playback = await json('data/playback.json').catch((error: FprincipleError) => {
    // Not every experiment has one.
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  });
  return { record, figures, tables, ...(playback !== undefined && { playback: playback as PlaybackData }) };
}
