/** Sounds from WAV files (RIFF; Microsoft and IBM 1991, and the extensible format of 1999). */
import { types } from 'node:util';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { checkPath, readWhole } from '../core/files.js';
import { describe, type NdArray } from '../core/ndarray.js';

/** A sound: samples between -1 and 1. */
export interface Sound {
  /** `[n, channels]`, f64. */
  samples: NdArray;
  /** Samples a second. */
  sampleRate: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/**
 * Reads a WAV file: PCM of 8, 16, 24 or 32 bits, floating point of 32 or 64, any number of channels.
 *
 * A PCM sample of b bits is `v / 2^(b - 1)` (8 bits are unsigned, 128 the middle), so that -1 is reached and 1 is not. Floating
 * point is as it stands.
 *
 * @throws `IO` for a file that cannot be read, is no WAV file or ends early; `INVALID_ARGUMENT` naming an encoding that is not
 *   read; `NON_FINITE` for samples that are not finite
 */
export async function readSound(path: string): Promise<Sound> {
  return decodeSound(await readWhole(checkPath(path)), path);
}

/** {@link readSound} of a file's bytes; `name` is for messages. */
export function decodeSound(bytes: Uint8Array, name: string): Sound {
  if (!types.isUint8Array(bytes)) throw invalidArgument(`bytes: expected a Uint8Array, got ${describe(bytes)}`);
  if (typeof name !== 'string') throw invalidArgument(`name: expected a text, got ${describe(name)}`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const broken = (reason: string) => new FprincipleError('IO', `${name}: ${reason}`);
  const tag = (at: number): string => file.toString('latin1', at, at + 4);
  if (file.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw broken('not a WAV file');
  let format: Buffer | undefined;
  let data: Buffer | undefined;
  for (let at = 12; at + 8 <= file.length && !data; ) {
    const size = file.readUInt32LE(at + 4);
    const [start, end] = [at + 8, at + 8 + size];
    if (end > file.length)
      throw broken(`its part '${tag(at)}' ends early: ${size} bytes, ${file.length - start} there`);
    if (tag(at) === 'fmt ') format = file.subarray(start, end);
    if (tag(at) === 'data') data = file.subarray(start, end);
    // Parts begin at even places.
    at = end + (size % 2);
  }
  if (!format || format.length < 16) throw broken("it has no part 'fmt ' before its samples");
  if (!data) throw broken("it has no part 'data'");
  let kind = format.readUInt16LE(0);
  // The extensible format has the kind in the first two bytes of its GUID.
  if (kind === EXTENSIBLE && format.length >= 26) kind = format.readUInt16LE(24);
  const [channels, sampleRate, bits] = [format.readUInt16LE(2), format.readUInt32LE(4), format.readUInt16LE(14)];
  const known = kind === PCM ? [8, 16, 24, 32] : kind === FLOAT ? [32, 64] : [];
  if (!known.includes(bits)) {
    const expected = 'PCM of 8, 16, 24 or 32 bits or floating point of 32 or 64';
    throw invalidArgument(`${name}: expected ${expected}, got format ${kind} of ${bits} bits`);
  }
  if (channels === 0 || sampleRate === 0) throw broken(`${channels} channels at ${sampleRate} samples a second`);
  const width = bits / 8;
  const count = Math.floor(data.length / width / channels) * channels;
  if (count === 0) throw broken('it has no samples');
  const read = reader(data, kind, bits);
  const samples = Float64Array.from({ length: count }, (_, i) => read(i * width));
  const odd = samples.findIndex((v) => !Number.isFinite(v));
  if (odd >= 0) throw new FprincipleError('NON_FINITE', `${name}: sample ${odd} is ${samples[odd]}`);
  return { samples: { data: samples, shape: [count / channels, channels] }, sampleRate };
}

function reader(data: Buffer, kind: number, bits: number): (at: number) => number {
  if (kind === FLOAT) return bits === 32 ? (at) => data.readFloatLE(at) : (at) => data.readDoubleLE(at);
  if (bits === 8) return (at) => (data.readUInt8(at) - 128) / 128;
  return (at) => data.readIntLE(at, bits / 8) / 2 ** (bits - 1);
}
