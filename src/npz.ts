/** NumPy's formats: `.npy` (version 1.0, little-endian, C order) and `.npz`, a zip of them. */
import { endianness } from 'node:os';
import { zipSync } from 'fflate';
import { invalidArgument, invalidShape } from './errors.js';
import { type NdArray, sizeOf } from './ndarray.js';

/** The bytes of an `.npy` file. */
export function encodeNpy({ data, shape }: NdArray): Uint8Array {
  if (sizeOf(shape) !== data.length) {
    throw invalidShape(`npy: shape [${shape.join(', ')}] needs ${sizeOf(shape)} values, data has ${data.length}`);
  }
  const type = data instanceof Float32Array ? '<f4' : '<f8';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${type}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Magic, version, length and dictionary together fill a multiple of 64 bytes, the last one a newline.
  const padding = (64 - ((10 + dict.length + 1) % 64)) % 64;
  const header = `${dict}${' '.repeat(padding)}\n`;
  const bytes = new Uint8Array(10 + header.length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(Buffer.from(header, 'latin1'), 10);
  const values = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  bytes.set(endianness() === 'LE' ? values : swapped(values, data.BYTES_PER_ELEMENT), 10 + header.length);
  return bytes;
}

/** The bytes of an `.npz` file: each array under its name. */
export function encodeNpz(arrays: Readonly<Record<string, NdArray>>): Uint8Array {
  const entries: Record<string, Uint8Array> = {};
  for (const [name, array] of Object.entries(arrays)) {
    if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) {
      throw invalidArgument(`arrays: expected names of letters, digits, "_", "-" and ".", got ${JSON.stringify(name)}`);
    }
    entries[`${name}.npy`] = encodeNpy(array);
  }
  // A fixed date, so that the same arrays give the same bytes.
  return zipSync(entries, { level: 6, mtime: new Date(1980, 0, 1) });
}

function swapped(values: Buffer, size: number): Buffer {
  const copy = Buffer.from(values);
  return size === 4 ? copy.swap32() : copy.swap64();
}
