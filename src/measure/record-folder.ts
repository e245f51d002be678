/**
 * The folder a recorder writes, `run.record/`: what it was made of, and records appended one by one.
 *
 * ```
 * points.npy  target.npy  [frequencies.npy]
 * header.json   { "format": 1, "fields": [["step", []], ["loss", []], ["outputs", [n, o]], ["matrix.<name>", [rows, columns]], ...] }
 * records.bin   record after record, every field in its order as little-endian f64
 * ```
 *
 * A record whose last byte is not there yet is none: the folder can be read while it is written, and after whatever ended that.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FprincipleError } from '../core/errors.js';
import { readWholeSync } from '../core/files.js';
import { call } from '../core/native.js';
import { type NdArray, sizeOf } from '../core/ndarray.js';
import { readNpy } from '../core/npz.js';
import type { Recording } from './recording.js';

/** Version of the folder's format. */
export const recordFolderFormat = 1;

const header = z.object({
  format: z.literal(recordFolderFormat),
  fields: z.array(z.tuple([z.string(), z.array(z.int().nonnegative())])).min(3),
});

/** A field of a record: its name and the shape of its numbers. */
export type RecordField = [name: string, shape: number[]];

/** Whether a folder is one that a recorder writes. */
export const isRecordFolder = (folder: string): boolean =>
  ['header.json', 'records.bin'].some((name) => existsSync(join(folder, name)));

/** @throws `IO` naming what is not there or not as it should be */
export function readRecordFolder(folder: string): Recording {
  const broken = (reason: string, cause?: unknown) => new FprincipleError('IO', `${folder}: ${reason}`, { cause });
  const array = (name: string): NdArray => readNpy(join(folder, `${name}.npy`));
  if (!existsSync(join(folder, 'header.json'))) throw broken('nothing was recorded yet (it has no header.json)');
  let fields: RecordField[];
  try {
    fields = header.parse(JSON.parse(readWholeSync(join(folder, 'header.json')).toString('utf8'))).fields;
  } catch (cause) {
    throw broken(`header.json: expected { "format": ${recordFolderFormat}, "fields": [...] }`, cause);
  }
  const bytes = readWholeSync(join(folder, 'records.bin'));
  const stride = fields.reduce((sum, [, shape]) => sum + 8 * sizeOf(shape), 0);
  const count = Math.floor(bytes.length / stride);
  if (count === 0) throw broken(`records.bin: expected at least one record of ${stride} bytes, got ${bytes.length}`);
  let offset = 0;
  const columns = new Map<string, NdArray>();
  for (const [name, shape] of fields) {
    const size = 8 * sizeOf(shape);
    const own = Buffer.alloc(count * size);
    for (let r = 0; r < count; r++) bytes.copy(own, r * size, r * stride + offset, r * stride + offset + size);
    columns.set(
      name,
      call((addon) =>
        addon.decodeNumbers(own, { kind: 'f64', bigEndian: false, columnMajor: false }, [count, ...shape]),
      ),
    );
    offset += size;
  }
  const column = (name: string): NdArray => {
    const one = columns.get(name);
    if (!one) throw broken(`header.json: expected a field ${name}, got ${[...columns.keys()].join(', ')}`);
    return one;
  };
  const loss = column('loss');
  const matrices = [...columns].filter(([name]) => name.startsWith('matrix.'));
  return {
    steps: column('step'),
    points: array('points'),
    outputs: column('outputs'),
    target: array('target'),
    // Without a loss every one of them is NaN.
    ...(loss.data.some((v) => !Number.isNaN(v)) && { loss }),
    ...(existsSync(join(folder, 'frequencies.npy')) && { frequencies: array('frequencies') }),
    matrices: Object.fromEntries(matrices.map(([name, values]) => [name.slice('matrix.'.length), values])),
  };
}
