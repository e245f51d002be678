/** The IDX format of MNIST: two zero bytes, a type byte (8: unsigned bytes), the rank, big-endian sizes, the values. */
import { FprincipleError } from '../core/errors.js';

export interface IdxArray {
  shape: number[];
  bytes: Uint8Array;
}

/** @throws FprincipleError `DATA_UNAVAILABLE` when the bytes are no IDX file of unsigned bytes. */
export function readIdx(file: Buffer, name: string): IdxArray {
  const broken = (why: string): FprincipleError => new FprincipleError('DATA_UNAVAILABLE', `${name}: ${why}`);
  if (file.length < 4 || file.readUInt16BE(0) !== 0) throw broken('not an IDX file');
  if (file[2] !== 8) throw broken(`expected unsigned bytes (type 8), got type ${file[2]}`);
  const rank = file[3]!;
  const start = 4 + 4 * rank;
  if (file.length < start) throw broken('the header is cut short');
  const shape = Array.from({ length: rank }, (_, i) => file.readUInt32BE(4 + 4 * i));
  const count = shape.reduce((product, n) => product * n, 1);
  if (file.length !== start + count) throw broken(`expected ${start + count} bytes, got ${file.length}`);
  return { shape, bytes: file.subarray(start) };
}
