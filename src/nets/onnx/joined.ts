/** Nodes at which branches meet. */
import type { NdArray } from '../../core/ndarray.js';
import type { LayerSpec } from '../spec.js';
import type { Chain } from './chain.js';
import type { Step } from './operators.js';

/** A node of several branches: `x + f(x)` is `residual`, other sums and concatenations are `branches`. */
export function joined({
  chain,
  fields,
  refused,
  opType,
  branches,
  constants,
}: Pick<Step, 'chain' | 'fields' | 'refused'> & { opType: string; branches: Chain[]; constants: number }): void {
  if (!['Add', 'Sum', 'Concat'].includes(opType) || constants > 0) {
    throw refused(
      'several of its inputs depend on the input of the model; only sums (Add, Sum) and concatenations (Concat) of such values are read',
    );
  }
  const shapes = branches.map(({ shape }) => shape);
  const [shape = []] = shapes;
  const got = shapes.map((one) => `[${one.join(', ')}]`).join(', ');
  if (branches.some(({ ended }) => ended)) throw refused('expected nothing behind a softmax');
  if (opType === 'Concat') {
    // Channels of an image, else the last axis; the batch is axis 0.
    const along = shape.length === 3 ? 0 : shape.length - 1;
    const axis = fields.int('axis', 0);
    if (axis !== along + 1 && axis !== along - shape.length) throw refused(`axis: expected ${along + 1}, got ${axis}`);
    const others = (one: readonly number[]): string => one.filter((_, i) => i !== along).join();
    if (shapes.some((one) => one.length !== shape.length || others(one) !== others(shape))) {
      throw refused(`expected values that differ along axis ${along + 1} only, got ${got}`);
    }
    const total = shapes.reduce((sum, one) => sum + (one[along] ?? 0), 0);
    const whole = shape.map((n, i) => (i === along ? total : n));
    chain.push({ type: 'branches', combine: 'concat', branches: layersOf(branches) }, whole, named(branches));
    return;
  }
  if (shapes.some((one) => one.join() !== shape.join())) throw refused(`expected values of one shape, got ${got}`);
  const [inner, ...more] = branches.filter(({ layers }) => layers.length > 0);
  if (inner && more.length === 0 && branches.length === 2) {
    const arrays = Object.entries(inner.arrays).map(([name, array]) => [`layers.${name}`, array] as const);
    chain.push({ type: 'residual', layers: inner.layers }, shape, Object.fromEntries(arrays));
  } else chain.push({ type: 'branches', combine: 'sum', branches: layersOf(branches) }, shape, named(branches));
}

const layersOf = (branches: readonly Chain[]): LayerSpec[][] => branches.map(({ layers }) => layers);

const named = (branches: readonly Chain[]): Record<string, NdArray> =>
  Object.fromEntries(
    branches.flatMap(({ arrays }, b) =>
      Object.entries(arrays).map(([name, array]) => [`branches.${b}.${name}`, array] as const),
    ),
  );
