/** Triangle meshes as the data packages hold them. */
import { FprincipleError } from '../errors.js';
import type { NdArray } from '../ndarray.js';

/** A closed surface of triangles. */
export interface Mesh {
  /** `[vertices, 3]`: x, y (up), z. */
  positions: NdArray;
  /** `[triangles, 3]`: indices of vertices. */
  cells: NdArray;
}

/** Reads `exports.positions=[[...]]` and `exports.cells=[[...]]`; nothing of the file is executed. */
export function readMesh(text: string, name: string): Mesh {
  const field = (key: string): NdArray => {
    const found = new RegExp(`exports\\.${key}\\s*=\\s*(\\[\\[[\\d\\s.,eE+\\[\\]-]*\\]\\])`).exec(text)?.[1];
    if (!found) throw new FprincipleError('DATA_UNAVAILABLE', `mesh ${name}: it has no ${key}`);
    const rows = JSON.parse(found) as number[][];
    return { data: Float64Array.from(rows.flat()), shape: [rows.length, 3] };
  };
  return { positions: field('positions'), cells: field('cells') };
}
