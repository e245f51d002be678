/** A training done here as a recording, the file that `fprinciple measure` reads. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { writeWholeSync } from '../core/files.js';
import { type ArrayInput, describe, type NdArray, sizeOf, toNdArray } from '../core/ndarray.js';
import { encodeNpz } from '../core/npz.js';
import { checkOptions } from '../core/options.js';

/** What of a training is saved. */
export interface SaveHistoryOptions {
  /** The name of the `outputs` probe. Default: the only one. */
  probe?: string;
  /** `[n]` or `[n, o]`: what the outputs should be at the probe's points. Default: `y`, or the target of another probe there. */
  target?: ArrayInput;
}

/** What of a training's options its recording needs. */
interface Recorded {
  x?: ArrayInput | undefined;
  y?: ArrayInput | undefined;
  probes?: Readonly<Record<string, { type: string; points?: ArrayInput; target?: ArrayInput }>> | undefined;
}

/** What of a history its recording holds. */
interface Recording {
  steps: readonly number[];
  /** At each record, `[s]`. */
  loss: readonly number[];
  probes: Readonly<Record<string, object>>;
}

/**
 * The history with its `save`, which is no part of its data: copies, comparisons and JSON of a history have the numbers alone.
 */
export function savable<H extends Recording>(
  history: H,
  options: Recorded,
): H & { save(path: string, options?: SaveHistoryOptions): void } {
  const save = (path: string, chosen?: SaveHistoryOptions): void => {
    if (typeof path !== 'string' || !path.endsWith('.npz')) {
      throw invalidArgument(`path: expected a path that ends with .npz, got ${describe(path)}`);
    }
    const arrays = recordingOf(history, options, chosen);
    writeWholeSync(path, encodeNpz(arrays));
  };
  return Object.defineProperty(history, 'save', { value: save, enumerable: false }) as H & { save: typeof save };
}

function recordingOf(
  { steps, loss, probes: found }: Recording,
  { x, y, probes = {} }: Recorded,
  chosen?: SaveHistoryOptions,
): Record<string, NdArray> {
  const { probe, target: given } = checkOptions(chosen, ['probe', 'target']);
  const names = Object.keys(probes).filter((name) => probes[name]?.type === 'outputs');
  const name = probe ?? names[0];
  if (name === undefined) {
    throw invalidArgument(
      'save: expected a training with a probe of the outputs, { type: "outputs", points }, got none: nothing was recorded that can be measured',
    );
  }
  if (!names.includes(name) || (probe === undefined && names.length > 1)) {
    throw invalidArgument(`probe: expected one of ${names.join(', ')}, got ${describe(probe)}`);
  }
  const [own, recorded] = [probes[name]!, found[name] as { values: NdArray }];
  const points = toNdArray((own as { points: ArrayInput }).points, 'points');
  const n = points.shape[0] ?? 0;
  const same = (other: unknown): boolean => {
    if (other === undefined) return false;
    const array = toNdArray(other as ArrayInput, 'points');
    return sizeOf(array.shape) === points.data.length && array.data.every((v, i) => v === points.data[i]);
  };
  // What the training itself says of these points.
  const there = Object.values(probes).filter((p) => p !== own && 'target' in p && same(p.points));
  const spectrum = there.find((p) => p.type === 'spectrum');
  const fallback = same(x) && y !== undefined ? y : (spectrum ?? there[0]) && (spectrum ?? (there[0] as never)).target;
  const wanted = given ?? fallback;
  if (wanted === undefined) {
    throw invalidArgument(
      `target: expected the target at the points of the probe ${name}, which the training does not have`,
    );
  }
  const goal = toNdArray(wanted, 'target');
  const outputs = recorded.values.data.length / Math.max(1, steps.length * n);
  if (goal.data.length !== n * outputs) {
    const expected = outputs === 1 ? `[${n}]` : `[${n}, ${outputs}]`;
    throw invalidShape(`target: expected shape ${expected} as the outputs have, got [${goal.shape.join(', ')}]`);
  }
  const columns = points.data.length / Math.max(1, n);
  return {
    steps: list(steps),
    points: { data: points.data, shape: columns === 1 ? [n] : [n, columns] },
    outputs: { data: recorded.values.data, shape: outputs === 1 ? [steps.length, n] : [steps.length, n, outputs] },
    target: { data: goal.data, shape: outputs === 1 ? [n] : [n, outputs] },
    loss: list(loss),
    ...(spectrum &&
      'frequencies' in spectrum && { frequencies: toNdArray(spectrum.frequencies as ArrayInput, 'frequencies') }),
  };
}

const list = (values: readonly number[]): NdArray => ({ data: Float64Array.from(values), shape: [values.length] });
