/** The largest eigenpairs of a tangent kernel that is never formed. */

import { runTask } from '../core/native.js';
import type { ArrayInput } from '../core/ndarray.js';
import { checkOptions } from '../core/options.js';
import { checkCount, checkTolerance, type TopEigen, type TopEigenOptions } from '../linalg/decompositions.js';
import { sayingDiverged } from '../nets/diverged.js';
import { type TangentModel, tangent } from './empirical.js';
import { KERNEL_OPTIONS, type KernelOptions, nativeOptions, toPoints } from './options.js';

/**
 * The k largest eigenpairs of a model's full tangent kernel `[n o, n o]` (rows by sample, then output), which is never
 * formed: each product costs two passes through the Jacobians of the n samples. In f64.
 *
 * @param x `[n, d]`
 * @throws as `ntkVectorProduct`; `INVALID_ARGUMENT` unless 1 <= k <= n o
 */
export async function topEigenNtk(
  model: TangentModel,
  x: ArrayInput,
  k: number,
  options: TopEigenOptions & KernelOptions = {},
): Promise<TopEigen> {
  checkOptions(options, [...KERNEL_OPTIONS, 'tolerance']);
  const { spec, parameters, buffers } = tangent(model);
  const points = toPoints(x, 'x');
  const [count, limit, native] = [checkCount(k), checkTolerance(options.tolerance), nativeOptions(options)];
  return sayingDiverged(model, () =>
    runTask(
      (addon, control) => addon.topEigenNtk(control, spec, parameters, buffers, points, count, limit, native),
      options,
    ),
  );
}
