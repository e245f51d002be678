/** Results in arrays of the caller's. */
import { describe, expect, test } from 'vitest';
import { type ComplexArray, fft, fft2, ifft, irfft, irfft2, irfftn, rfft, rfft2, rfftn } from '../src/index.js';

const real = { data: Float64Array.from({ length: 60 }, (_, i) => Math.sin(i * i * 0.37)), shape: [3, 4, 5] };
const narrow = { data: Float32Array.from(real.data), shape: [3, 4, 5] };
const z: ComplexArray = { re: real.data, im: Float64Array.from(real.data).reverse(), shape: [3, 4, 5] };

/** Arrays that hold what must not show. */
const dirty = (n: number, Type: Float64ArrayConstructor | Float32ArrayConstructor = Float64Array) => ({
  re: new Type(n).fill(Number.NaN),
  im: new Type(n).fill(Number.NaN),
});

describe('out', () => {
  test('holds the same numbers as a result of its own, whatever it held', () => {
    const out = dirty(60);
    for (const transform of [fft, ifft, fft2]) {
      const result = transform(z, { out });
      expect(result).toEqual(transform(z));
      expect(result.re).toBe(out.re);
      expect(result.im).toBe(out.im);
    }
    for (const transform of [rfft, rfft2, rfftn]) {
      expect(transform(real, { out: dirty(36) })).toEqual(transform(real));
      expect(transform(narrow, { out: dirty(36, Float32Array) })).toEqual(transform(narrow));
    }
    const data = new Float64Array(60).fill(Number.NaN);
    const half = rfft(real);
    expect(irfft(half, 5, { out: data })).toEqual({ data: irfft(half, 5).data, shape: [3, 4, 5] });
    expect(irfft2(rfft2(real), [4, 5], { out: { data, shape: [60] } }).data).toBe(data);
    expect(data).toEqual(irfft2(rfft2(real), [4, 5]).data);
    expect(irfftn(rfftn(real), [3, 4, 5], { out: data }).data).toEqual(irfftn(rfftn(real), [3, 4, 5]).data);
  });
  test('takes an earlier result, also of a cropped transform', () => {
    const first = rfft(real, { n: 4 });
    const again = rfft({ data: real.data.map((x) => -x), shape: [3, 4, 5] }, { n: 4, out: first });
    expect(again.re).toBe(first.re);
    expect(again).toEqual(rfft({ data: real.data.map((x) => -x), shape: [3, 4, 5] }, { n: 4 }));
  });
  // The last ones are shared out to threads and take several blocks of columns.
  test('planes of every parity and size', () => {
    for (const shape of [
      [33, 40],
      [40, 33],
      [64, 50],
      [1, 9],
      [9, 1],
      [2, 2],
      [2, 35, 37],
      [131, 150],
      [150, 131],
      [2, 97, 203],
    ]) {
      const n = shape.reduce((a, b) => a * b);
      const x = { data: Float64Array.from({ length: n }, (_, i) => Math.cos(i * i * 0.11)), shape };
      const size = (n / shape.at(-1)!) * (Math.floor(shape.at(-1)! / 2) + 1);
      const spectrum = rfft2(x, { out: dirty(size) });
      const whole = fft2(x);
      const [w, half] = [shape.at(-1)!, Math.floor(shape.at(-1)! / 2) + 1];
      spectrum.re.forEach((re, i) => {
        const j = Math.floor(i / half) * w + (i % half);
        expect(Math.hypot(re - whole.re[j]!, spectrum.im[i]! - whole.im[j]!)).toBeLessThan(1e-11);
      });
      const back = irfft2(spectrum, shape.slice(-2) as [number, number], { out: new Float64Array(n).fill(Number.NaN) });
      expect(Math.max(...back.data.map((value, i) => Math.abs(value - x.data[i]!)))).toBeLessThan(1e-13);
    }
  });
  test.each<[string, () => unknown, string, RegExp]>([
    ['another type', () => rfft(real, { out: dirty(36, Float32Array) }), 'INVALID_ARGUMENT', /out\.re: .*Float64Array/],
    ['another size', () => rfft(real, { out: dirty(35) }), 'INVALID_SHAPE', /out\.re: expected 36 elements, got 35/],
    ['no parts', () => rfft(real, { out: {} as never }), 'INVALID_ARGUMENT', /out\.re/],
    ['no object', () => rfft(real, { out: 3 as never }), 'INVALID_ARGUMENT', /out/],
    ['its own input', () => fft(z, { out: z }), 'INVALID_ARGUMENT', /out\.re: .*memory of its own/],
    [
      'one array for both parts',
      () => fft(z, { out: { re: dirty(60).re, im: z.im } }),
      'INVALID_ARGUMENT',
      /out\.im: .*memory of its own/,
    ],
    [
      'parts that overlap',
      () => {
        const both = new Float64Array(70);
        return fft(z, { out: { re: both.subarray(0, 60), im: both.subarray(10) } });
      },
      'INVALID_ARGUMENT',
      /out\.im: .*memory of its own/,
    ],
    ['other axes', () => rfft(real, { axis: 0, out: dirty(40) }), 'INVALID_ARGUMENT', /out: .*last axes/],
    [
      'a complex one for real numbers',
      () => irfft(rfft(real), 5, { out: dirty(60) as never }),
      'INVALID_ARGUMENT',
      /out/,
    ],
  ])('refuses %s', (_, run, code, message) => {
    expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
