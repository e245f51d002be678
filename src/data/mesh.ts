/** Triangle meshes as the data packages hold them. */
import { FprincipleError } from '../core/errors.js';
import { call } from '../core/native.js';
import { type NdArray, toNdArray } from '../core/ndarray.js';
import { checkInteger, required, requireOptions } from '../core/options.js';

/** A closed surface of triangles. */
export interface Mesh {
  /** `[vertices, 3]`: x, y (up), z. */
  positions: NdArray;
  /** `[triangles, 3]`: indices of vertices. */
  cells: NdArray;
}

/**
 * Reads `exports.positions=[[...]]` and `exports.cells=[[...]]`; nothing of the file is executed.
 * @throws FprincipleError `DATA_UNAVAILABLE` where one of them is missing or is no list of rows of three numbers
 */
export function readMesh(text: string, name: string): Mesh {
  const field = (key: string): NdArray => {
    const found = new RegExp(`exports\\.${key}\\s*=\\s*(\\[\\[[\\d\\s.,eE+\\[\\]-]*\\]\\])`).exec(text)?.[1];
    if (!found) throw new FprincipleError('DATA_UNAVAILABLE', `mesh ${name}: it has no ${key}`);
    const rows = parsed(found);
    if (!rows?.every(isTriple)) {
      throw new FprincipleError('DATA_UNAVAILABLE', `mesh ${name}: ${key}: expected rows of three numbers`);
    }
    return { data: Float64Array.from(rows.flat()), shape: [rows.length, 3] };
  };
  return { positions: field('positions'), cells: field('cells') };
}

function parsed(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isTriple = (row: unknown): row is [number, number, number] =>
  Array.isArray(row) && row.length === 3 && row.every((v) => typeof v === 'number' && Number.isFinite(v));

/**
 * The inside of a closed mesh on a cubic grid: `[side, side, side]` (z, y, x), 1 inside and 0 outside, f32. The mesh is
 * centred, its longest side 90 % of the grid's; small holes in the surface do no harm.
 * @throws FprincipleError `INVALID_ARGUMENT` for a side that is not from 1 to 512, or what is no mesh.
 */
export function voxelize(mesh: Mesh, side: number): NdArray {
  const { positions, cells } = requireOptions(mesh, ['positions', 'cells'], 'mesh');
  const [vertices, triangles] = [toNdArray(positions, 'mesh.positions', 2), toNdArray(cells, 'mesh.cells', 2)];
  checkInteger(required(side, 'side'), 'side', 1, 512);
  return call((addon) => addon.meshVoxels(vertices, triangles, side));
}
