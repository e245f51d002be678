/** What predictions share with labels and with each other. */
import { call } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkOptions } from '../core/options.js';

/**
 * Mutual information `I(A; B)` in bits of two lists of class indices `[n]`, or `I(A; B | C)` with `given`, from counts
 * (the plug-in estimate: too large by about (classes - 1)^2 / (2 n ln 2)).
 */
export function mutualInformation(
  a: ArrayInput,
  b: ArrayInput,
  options: {
    /** Class indices C `[n]` on which the information is conditioned. Default: none. */
    given?: ArrayInput;
  } = {},
): number {
  const { given } = checkOptions(options, ['given']);
  const [x, y] = [toNdArray(a, 'a', 1), toNdArray(b, 'b', 1)];
  const c = given === undefined ? undefined : toNdArray(given, 'given', 1);
  return call((addon) => addon.mutualInformation(x, y, c));
}

/**
 * How much of what predictions F know of the labels Y another classifier's predictions L explain, in bits:
 * `I(F; Y) - I(F; Y | L)` (Nakkiran et al. 2019, definition 1, "performance correlation").
 */
export function performanceCorrelation(predictions: ArrayInput, labels: ArrayInput, explainedBy: ArrayInput): number {
  const [f, y, l] = [
    toNdArray(predictions, 'predictions', 1),
    toNdArray(labels, 'labels', 1),
    toNdArray(explainedBy, 'explainedBy', 1),
  ];
  return mutualInformation(f, y) - mutualInformation(f, y, { given: l });
}

/** The index of the largest output along the last dimension: `[..., classes]` -> `[...]`. */
export function decisions(outputs: ArrayInput): NdArray {
  const array = toNdArray(outputs, 'outputs');
  return call((addon) => addon.decisions(array));
}
