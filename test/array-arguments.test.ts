/** Arrays as a caller may hand them over: read once, whatever their getters, proxies and buffers do. */
import { expect, it } from 'vitest';
import * as fp from '../src/index.js';

const plain = Float64Array.of(1, 2, 3, 4);
const wanted = fp.fft(plain);

function failure(call: () => unknown): fp.FprincipleError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(fp.FprincipleError);
    return error as fp.FprincipleError;
  }
  throw new Error('expected an error');
}

/** The same four numbers in memory that is not plain. */
const unusual: Record<string, () => fp.ArrayInput> = {
  'shared memory': () => {
    const shared = new Float64Array(new SharedArrayBuffer(32));
    shared.set(plain);
    return shared;
  },
  'a buffer that may change size': () => {
    const Resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
    const array = new Float64Array(new Resizable(32, { maxByteLength: 64 }));
    array.set(plain);
    return array;
  },
  'a length that lies': () => Object.defineProperty(Float64Array.from(plain), 'length', { value: 1e9 }),
  'a class of its own': () => {
    class Own extends Float64Array {
      override get length() {
        return 2;
      }
    }
    return Own.from(plain) as Float64Array;
  },
  'a shape that is asked for once': () => {
    let asked = 0;
    const shape = new Proxy([4], { get: (list, key) => (key === '0' ? [4, 1e9][asked++] : Reflect.get(list, key)) });
    return { data: plain, shape };
  },
  'a shape of another prototype': () => ({ data: plain, shape: Object.setPrototypeOf([4], null) as number[] }),
};

it.each(Object.entries(unusual))('%s', (_, make) => {
  expect(fp.fft(make())).toEqual(wanted);
});

it('a buffer that a getter detaches while the array is read is an error, in every order', () => {
  const data = Float64Array.from(plain);
  const shape = Object.defineProperty([0], '0', {
    get() {
      structuredClone(data, { transfer: [data.buffer] });
      return 4;
    },
  });
  expect(['INVALID_ARGUMENT', 'INVALID_SHAPE']).toContain(failure(() => fp.psnr({ data, shape }, plain)).code);
});

const refused: [string, unknown, RegExp][] = [
  ['a detached buffer', detached(), /^x: .*detached/],
  ['a detached buffer with a shape', { data: detached(), shape: [4] }, /^x\.data: .*detached/],
  ['a list with holes', new Array(2 ** 32 - 1), /^x: .*holes/],
  ['a hole further in', [[1, 2], new Array(2)], /^x: expected numbers, got undefined/],
  ['bigints', BigInt64Array.of(1n), /^x: .*BigInt64Array/],
  ['a bigint', [1n], /^x: expected numbers, got 1n/],
  ['a bigint in a shape', { data: plain, shape: [4n] }, /^x\.shape: .*4n/],
  ['a shape beyond 32 bits', { data: new Float64Array(0), shape: [0, 2 ** 32] }, /^x\.shape: .*4294967296/],
  ['a shape without end', { data: plain, shape: new Array(1e6).fill(1) }, /^x\.shape: .*32 dimensions/],
  ['a view of bytes', new DataView(new ArrayBuffer(8)), /^x: .*DataView/],
  ['a proxy of an array', new Proxy(plain, {}), /^x: /],
  ['a proxy that was revoked', revoked(), /^x: /],
  ['what only looks like an array', Object.create(Float64Array.prototype), /^x: /],
  [
    'a getter that throws',
    {
      shape: [4],
      get data() {
        throw new Error('mine');
      },
    },
    /^x: .*mine/,
  ],
  ['halves of two types', { re: plain, im: new Float32Array(4), shape: [4] }, /^x: .*two Float64Arrays/],
  ['halves of two lengths', { re: plain, im: new Float64Array(3), shape: [4] }, /^x: .*im has 3/],
  ['halves without a shape', { re: plain, im: plain }, /^x\.shape: .*undefined/],
];

it.each(refused)('%s is refused', (_, x, message) => {
  const error = failure(() => fp.fft(x as never));
  expect(error.code).toMatch(/^INVALID_/);
  expect(error.message).toMatch(message);
});

function detached(): Float64Array {
  const array = Float64Array.from(plain);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable([1, 2], {});
  revoke();
  return proxy;
}

it('float32 stays float32, complex too; -0 in a shape is 0', () => {
  const f32 = new Float32Array(new SharedArrayBuffer(16));
  expect(fp.fft(f32).re).toBeInstanceOf(Float32Array);
  expect(fp.fft({ re: f32, im: f32, shape: [4] }).re).toBeInstanceOf(Float32Array);
  const empty = failure(() => fp.fft({ data: new Float64Array(0), shape: [-0] }));
  expect(empty.message).not.toContain('-0');
});

it('a result is written to plain memory only', () => {
  const shared = { re: new Float64Array(new SharedArrayBuffer(32)), im: new Float64Array(4) };
  expect(failure(() => fp.fft(plain, { out: shared })).message).toMatch(/^out\.re: .*neither shared/);
});
