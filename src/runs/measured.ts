/** What `measure` of an experiment gave, in its run folder: `data/measured.json`, its arrays in `data/measured.npz`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpz } from '../core/npz.js';
import type { EncodedData } from '../experiment/data.js';

/** The two files, from the run folder. */
export const measuredFiles = { json: 'data/measured.json', arrays: 'data/measured.npz' } as const;

/** Writes them into a run folder in the making, whose folder `data` is there. */
export async function writeMeasured(folder: string, { json, arrays }: EncodedData): Promise<void> {
  await writeFile(join(folder, measuredFiles.json), json);
  await writeFile(join(folder, measuredFiles.arrays), encodeNpz(arrays));
}
