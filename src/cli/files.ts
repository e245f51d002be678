/** What commands write. */
import { dirname } from 'node:path';
import { FprincipleError } from '../core/errors.js';
import { makeFolder, writeWhole } from '../core/files.js';

/** Writes a file, its folder with it. @throws `IO` */
export async function save(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeWhole(path, content);
  } catch (cause) {
    throw new FprincipleError('IO', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
