/** Valid values: small arrays in all the forms in which the package takes them. */
import type { Kit } from './entry.js';

export interface Made {
  data: Float64Array | Float32Array;
  shape: number[];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** An `NdArray` of values between -1 and 1, f64. */
export function array(kit: Kit, ...shape: number[]): Made {
  return { data: Float64Array.from({ length: sizeOf(shape) }, () => kit.random.signed()), shape };
}

/** The same values in nested lists. */
function nested({ data, shape }: Made): unknown {
  const at = (axis: number, from: number, size: number): unknown => {
    if (axis === shape.length) return data[from];
    const part = size / (shape[axis] ?? 1);
    return Array.from({ length: shape[axis] ?? 0 }, (_, i) => at(axis + 1, from + i * part, part));
  };
  return at(0, 0, data.length);
}

/** An array in one of the forms that an `ArrayInput` has. */
export function formed(kit: Kit, made: Made): unknown {
  const form = kit.random.int(0, 3);
  if (form === 0) return nested(made);
  if (form === 1) return { data: Float32Array.from(made.data), shape: made.shape };
  if (form === 2 && made.shape.length === 1) return made.data;
  return made;
}

/** An `ArrayInput` of values between -1 and 1. */
export const input = (kit: Kit, ...shape: number[]): unknown => formed(kit, array(kit, ...shape));

/** An `ArrayInput` of values above 0. */
export const positive = (kit: Kit, ...shape: number[]): unknown => {
  const { data } = array(kit, ...shape);
  return formed(kit, { data: Float64Array.from(data, (v) => Math.abs(v) + 0.1), shape });
};

/** Ascending numbers, about `step` apart. */
export const ascending = (kit: Kit, n: number, step = 1): number[] => {
  let at = kit.random.signed();
  return Array.from({ length: n }, () => {
    at += step * (0.5 + kit.random.unit());
    return at;
  });
};

/** Classes `[n]`, each of `classes` there where n allows it. */
export const labels = (kit: Kit, n: number, classes = 2): unknown =>
  formed(kit, { data: Float64Array.from({ length: n }, (_, i) => i % classes), shape: [n] });

/** A positive definite matrix `[n, n]`, f64. */
export function kernel(kit: Kit, n: number): Made {
  const { data: a } = array(kit, n, n);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 0.5 : 0;
      for (let k = 0; k < n; k++) sum += (a[i * n + k] ?? 0) * (a[j * n + k] ?? 0);
      data[i * n + j] = sum;
    }
  }
  return { data, shape: [n, n] };
}

/** A complex signal, or a real one. */
export function signal(kit: Kit, ...shape: number[]): unknown {
  if (kit.random.chance(0.5)) return input(kit, ...shape);
  return { re: array(kit, ...shape).data, im: array(kit, ...shape).data, shape };
}
