/**
 * Reading run folders back, for reports.
 *
 * A folder may come from somebody else: names in it never lead out of it, its texts are shown as texts, and its figures are
 * pictures and nothing more. This is the one place where that is checked.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { z } from 'zod';
import { FprincipleError } from '../core/errors.js';
import { checkPath } from '../core/files.js';
import { readNpz } from '../core/npz.js';
import { decodeData } from '../experiment/data.js';
import { type RunRecord, readableFormat, recordFormat } from '../experiment/record.js';
import type { ReportedRun } from '../report/page.js';
import { measuredFiles } from './measured.js';
import { playbackSchema, recordSchema } from './schema.js';
import { refusedIn } from './svg.js';

/** Bytes above which a file of a run folder is not read: a page of more opens nowhere. */
const largest = 256 * 2 ** 20;

/**
 * A run folder's record, figures, tables and playback.
 *
 * @throws FprincipleError `IO` when it is no run folder, one of another version's, or one that holds what no run writes
 *   (the message names file and field).
 */
export async function readRun(folder: string): Promise<ReportedRun> {
  checkPath(folder, 'folder');
  const record = await readRecord(folder);
  const figures: Record<string, string> = {};
  for (const { id } of record.figures) {
    const svg = await textOf(folder, `figures/${id}.svg`);
    const refused = refusedIn(svg);
    if (refused !== undefined) throw new FprincipleError('IO', `${folder}: figures/${id}.svg: ${refused}`);
    figures[id] = svg;
  }
  const tables: Record<string, string> = {};
  for (const { id } of record.tables) tables[id] = await textOf(folder, `data/${id}.csv`);
  const playback = await jsonOf(folder, 'data/playback.json').catch((error: FprincipleError) => {
    // Not every experiment has one.
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  });
  if (playback === undefined) return { record, figures, tables };
  return { record, figures, tables, playback: checked(playbackSchema, playback, `${folder}: data/playback.json`) };
}

/**
 * What the run's `measure` gave; `undefined` for a run that saved none.
 * @throws FprincipleError `IO` for files that are damaged
 */
export async function readMeasured(folder: string): Promise<{ data: unknown } | undefined> {
  const json = await textOf(folder, measuredFiles.json).catch((error: FprincipleError) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  });
  if (json === undefined) return undefined;
  return { data: decodeData(json, readNpz(join(folder, measuredFiles.arrays))) };
}

/** `result.json` alone. @throws FprincipleError `IO` as {@link readRun} does */
export async function readRecord(folder: string): Promise<RunRecord> {
  const given = await jsonOf(folder, 'result.json');
  const format = readableFormat(given);
  if (format === undefined) {
    const got = typeof given === 'object' && given !== null && 'format' in given ? given.format : given;
    throw new FprincipleError(
      'IO',
      `${folder}: expected a result of format ${recordFormat} or 1, got ${JSON.stringify(got)?.slice(0, 40)}`,
    );
  }
  return { format, ...checked(recordSchema, given, `${folder}: result.json`) };
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  let read: z.ZodSafeParseResult<T>;
  try {
    read = schema.safeParse(value);
  } catch (cause) {
    // Nested so deeply that nothing can follow it.
    throw new FprincipleError('IO', `${what} is damaged: ${(cause as Error).message}`, { cause });
  }
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map((part, i) =>
    typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`,
  );
  throw new FprincipleError('IO', `${what}: ${path?.join('') || 'the file'}: ${issue?.message}`, { cause: read.error });
}

async function jsonOf(folder: string, path: string): Promise<unknown> {
  const text = await textOf(folder, path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FprincipleError('IO', `${folder}: ${path} is damaged`, { cause });
  }
}

async function textOf(folder: string, path: string): Promise<string> {
  try {
    const file = await realpath(join(folder, path));
    if (!file.startsWith((await realpath(folder)) + sep)) throw new Error('it is a link that leads out of the folder');
    // A pipe in place of a file would be waited for without end.
    const found = await stat(file);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > largest) throw new Error(`it has ${found.size} bytes, more than ${largest}`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === undefined && cause instanceof Error ? `: ${cause.message}` : '';
    throw new FprincipleError('IO', `${folder} is not a whole run folder: ${path} cannot be read${why}`, { cause });
  }
}
