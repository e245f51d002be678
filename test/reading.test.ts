import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, column, columns, fromRows, row, rows, toNested, transpose } from '../src/index.js';

const grid = { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };

describe('reading arrays', () => {
  it('gives rows, columns and entries as copies', () => {
    expect(rows(grid)).toEqual([Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)]);
    expect(columns(grid)).toEqual([Float64Array.of(1, 4), Float64Array.of(2, 5), Float64Array.of(3, 6)]);
    expect(at(grid, 1, 2)).toBe(6);
    row(grid, 0)[0] = 9;
    rows(grid)[0]![0] = 9;
    expect(grid.data[0]).toBe(1);
  });

  it('keeps single precision in arrays; rows are double, and flat', () => {
    const cube = { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [2, 3, 2] };
    expect(rows(cube)).toEqual([Float64Array.of(0, 1, 2, 3, 4, 5), Float64Array.of(6, 7, 8, 9, 10, 11)]);
    expect(fromRows([Float32Array.of(1, 2), Float32Array.of(3, 4)]).data).toBeInstanceOf(Float32Array);
    expect(fromRows([Float32Array.of(1), [2]]).data).toBeInstanceOf(Float64Array);
    expect(transpose({ data: Float32Array.of(1, 2), shape: [1, 2] })).toEqual({
      data: Float32Array.of(1, 2),
      shape: [2, 1],
    });
  });

  it('goes to nested lists and back, by rows, by columns, entry by entry', () => {
    const matrices = fc
      .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([n, k]) =>
        fc.array(fc.array(fc.double(), { minLength: k, maxLength: k }), { minLength: n, maxLength: n }),
      );
    fc.assert(
      fc.property(matrices, (nested) => {
        const array = fromRows(nested);
        expect(toNested(array)).toEqual(nested);
        expect(rows(array).map((r) => Array.from(r))).toEqual(nested);
        if (nested.length > 0) expect(rows(transpose(array))).toEqual(columns(array));
        for (const [i, list] of nested.entries()) for (const j of list.keys()) expect(at(array, i, j)).toBe(list[j]);
      }),
    );
    expect(toNested({ data: Float64Array.of(7), shape: [] })).toBe(7);
  });

  it('refuses what an array does not have', () => {
    expect(() => at(grid, 1)).toThrow(/indices: expected 2 for shape \[2, 3\], got 1/);
    expect(() => at(grid, 2, 0)).toThrow(/indices\[0\]: expected an integer from 0 to 1/);
    expect(() => fromRows([[1], [2, 3]])).toThrow(/rows\[1\]: expected 1 numbers/);
    expect(() => rows({ data: Float64Array.of(1), shape: [] })).toThrow(/at least one dimension/);
    expect(() => column(grid, -1)).toThrow(/index: expected an integer from 0 to 2/);
  });
});
