/** A process of its own: prints the digest of every call's bits on so many threads. `node thread-digests.ts THREADS` */
import { createHash, type Hash } from 'node:crypto';
import { calls } from './thread-calls.js';

/** Numbers and typed arrays wherever they are in a result, promises awaited. */
async function add(hash: Hash, result: unknown): Promise<void> {
  const value = await result;
  if (ArrayBuffer.isView(value)) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  else if (typeof value === 'number') hash.update(new Uint8Array(Float64Array.of(value).buffer));
  else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) await add(hash, part);
  }
}

const threads = Number(process.argv[2]);
const digests: Record<string, string> = {};
for (const [name, call] of Object.entries(calls)) {
  const hash = createHash('sha256');
  try {
    await add(hash, call({ threads }));
    digests[name] = hash.digest('hex');
  } catch (error) {
    digests[name] = String(error);
  }
}
process.stdout.write(JSON.stringify(digests));
