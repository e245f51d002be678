/**
 * TensorBoard's event files: one a run, written whole.
 *
 * A file is a list of records: length as 8 bytes, masked CRC-32C of those, the record, its masked CRC-32C, all
 * little-endian. A record is an `Event` in protocol buffers: wall_time = 1 (double), step = 2 (varint), file_version = 3
 * (string), summary = 5 { value = 1 { tag = 1 (string), simple_value = 2 (float) } }.
 *
 * Source: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto;
 * CRC-32C: RFC 3720, appendix B.4 (polynomial 0x1EDC6F41, reflected).
 */
import { join } from 'node:path';
import { makeFolder, writeWhole } from '../../core/files.js';
import type { Tracked, Tracker } from './tracked.js';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Rotated and shifted, so that a checksum of bytes that hold checksums is none of them. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

function record(event: Uint8Array): Buffer {
  const all = Buffer.alloc(event.length + 16);
  all.writeBigUInt64LE(BigInt(event.length), 0);
  all.writeUInt32LE(masked(all.subarray(0, 8)), 8);
  all.set(event, 12);
  all.writeUInt32LE(masked(event), 12 + event.length);
  return all;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = BigInt(value);
  do {
    bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}

/** A field of bytes: its number, their length, they. */
const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);

const double = (number: number, value: number): Buffer => {
  const bytes = Buffer.alloc(9, (number << 3) | 1);
  bytes.writeDoubleLE(value, 1);
  return bytes;
};

const float = (number: number, value: number): Buffer => {
  const bytes = Buffer.alloc(5, (number << 3) | 5);
  bytes.writeFloatLE(value, 1);
  return bytes;
};

/** The bytes of an event file. */
export function encodeEvents({ series, begun, ended }: Pick<Tracked, 'series' | 'begun' | 'ended'>): Uint8Array {
  const last = Math.max(1, ...series.flatMap(({ steps }) => steps.at(-1) ?? 0));
  const events = series
    .flatMap(({ name, steps, values }) => steps.map((step, i) => ({ name, step, value: values[i] ?? Number.NaN })))
    .sort((a, b) => a.step - b.step);
  const records = events.map(({ name, step, value }) => {
    const summary = field(1, Buffer.concat([field(1, Buffer.from(name)), float(2, value)]));
    // When a step was taken is not known: they are laid out evenly over the run.
    const wall = (begun + ((ended - begun) * step) / last) / 1000;
    return record(Buffer.concat([double(1, wall), Buffer.from([2 << 3]), varint(step), field(5, summary)]));
  });
  const version = Buffer.concat([double(1, begun / 1000), field(3, Buffer.from('brain.Event:2'))]);
  return Buffer.concat([record(version), ...records]);
}

/** Event files below `folder`, a folder for each run: `tensorboard --logdir folder`. */
export function tensorboardTracker(folder: string): Tracker {
  return {
    async track(result) {
      const name = result.name.replace(/[^\w.,= -]+/g, '_').slice(0, 120);
      const at = join(folder, result.experiment, `${name} ${result.id.slice(0, 8)}`);
      await makeFolder(at);
      const file = `events.out.tfevents.${Math.floor(result.begun / 1000)}.fprinciple.${result.id}`;
      await writeWhole(join(at, file), encodeEvents(result));
    },
  };
}
