/**
 * Messages with arrays as bytes, as the server, the page, its worker and the WebAssembly module (`crates/page/src/message.rs`)
 * write them: `[u32 length of the JSON][u32 length of all that follows these 8 bytes]`, the JSON, zeros up to a multiple of 8, the
 * arrays one after the other, each beginning at a multiple of 8; little-endian.
 */
import type { NdArray } from '../core/ndarray.js';

/** Arrays by name beside plain JSON. */
export interface Message<Body extends object = Record<string, unknown>> {
  body: Body;
  arrays: Record<string, NdArray>;
}

interface Listed {
  names: string[];
  shape: number[];
  single: boolean;
}

const HEAD = 8;
const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** @param names all names of an array, where it has others than its key */
export function encodeMessage({ body, arrays }: Message<object>, names?: Record<string, string[]>): Uint8Array {
  const list = Object.entries(arrays);
  const listed: Listed[] = list.map(([name, { data, shape }]) => ({
    names: names?.[name] ?? [name],
    shape,
    single: data instanceof Float32Array,
  }));
  const text = new TextEncoder().encode(JSON.stringify({ ...body, arrays: listed }));
  const start = aligned(HEAD + text.length);
  const bytes = new Uint8Array(list.reduce((size, [, { data }]) => size + aligned(data.byteLength), start));
  const head = new DataView(bytes.buffer);
  head.setUint32(0, text.length, true);
  head.setUint32(4, bytes.length - HEAD, true);
  bytes.set(text, HEAD);
  let at = start;
  for (const [, { data }] of list) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += aligned(data.byteLength);
  }
  return bytes;
}

/** The arrays are copies. */
export function decodeMessage<Body extends object>(bytes: Uint8Array): Message<Body> {
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = head.getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(HEAD, HEAD + length));
  const { arrays: listed = [], ...body } = JSON.parse(text) as Body & { arrays?: Listed[] };
  let at = aligned(HEAD + length);
  const arrays: Record<string, NdArray> = {};
  for (const { names, shape, single } of listed) {
    const size = shape.reduce((product, n) => product * n, 1) * (single ? 4 : 8);
    const own = bytes.slice(at, at + size).buffer;
    arrays[names[0]!] = { data: single ? new Float32Array(own) : new Float64Array(own), shape };
    at += aligned(size);
  }
  return { body: body as unknown as Body, arrays };
}
