/** Reading zip archives: unpacked by fflate, within a limit and against the checksums that they carry. */
import { crc32 } from 'node:zlib';
import { unzipSync } from './fflate.js';

/** The most bytes that an archive may unpack to; default 2 GiB. */
const mostBytes = 2 ** 31;

/**
 * The files of an archive by name.
 * @param limit bytes that all of them together may have, found out before anything is unpacked
 * @throws Error saying what is wrong
 */
export function readZip(archive: Uint8Array, limit = mostBytes): Record<string, Uint8Array> {
  const sums = checksums(archive);
  let total = 0;
  const seen = new Set<string>();
  const files = unzipSync(archive, {
    filter: ({ name, originalSize }) => {
      total += originalSize;
      if (total > limit) throw new Error(`it unpacks to more than ${limit} bytes`);
      if (seen.has(name)) throw new Error(`two files are called ${name}`);
      seen.add(name);
      return true;
    },
  });
  for (const [name, bytes] of Object.entries(files)) {
    if (crc32(bytes) !== sums.get(name)) throw new Error(`${name} is damaged: its checksum differs`);
  }
  return files;
}

/** CRC-32 of every file, from the central directory at the end (which fflate passes over). */
function checksums(archive: Uint8Array): Map<string, number> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > bytes.length) throw new Error('it is no zip archive, or ends early');
  const sums = new Map<string, number>();
  let at = bytes.readUInt32LE(end + 16);
  // Archives beyond 4 GiB say there where their directory lies.
  const wide = at === 0xffffffff && end >= 20 ? Number(bytes.readBigUInt64LE(end - 12)) : undefined;
  if (wide !== undefined && wide + 56 <= bytes.length) at = Number(bytes.readBigUInt64LE(wide + 48));
  while (at + 46 <= end && bytes.readUInt32LE(at) === 0x02014b50) {
    const [name, extra, comment] = [
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32),
    ];
    sums.set(bytes.toString('utf8', at + 46, at + 46 + name), bytes.readUInt32LE(at + 16));
    at += 46 + name + extra + comment;
  }
  return sums;
}
