/** Activations that exporters write as several nodes. */
import type { NdArray } from '../../core/ndarray.js';
import type { OnnxNode } from './format.js';

/**
 * The nodes, each activation that is exported as several of them made one: `x Sigmoid(x)` is SiLU, and
 * `x (1 + Erf(x / sqrt 2)) / 2`, in the order in which PyTorch writes its factors or in ours, GELU.
 */
export function fused(nodes: readonly OnnxNode[], constants: ReadonlyMap<string, NdArray>): OnnxNode[] {
  const out: OnnxNode[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const part = nodes.slice(i, i + 5);
    const x = part[0]?.input?.[0] ?? '';
    const ops = part.map(({ opType }) => opType).join(' ');
    const takes = (j: number): boolean => part[j]?.input?.includes(x) === true;
    const by = (j: number, value: number): boolean =>
      part[j]?.input?.some((name) => {
        const { data } = constants.get(name) ?? {};
        return data?.length === 1 && Math.abs(data[0]! / value - 1) < 1e-6;
      }) === true;
    const scaled = ops.startsWith('Div') ? by(0, Math.SQRT2) : by(0, Math.SQRT1_2);
    const halved = (takes(3) && by(4, 0.5)) || (by(3, 0.5) && takes(4));
    const [opType, count] =
      ops.startsWith('Sigmoid Mul') && takes(1)
        ? ['Silu', 2]
        : /^(Div|Mul) Erf Add Mul Mul$/.test(ops) && scaled && by(2, 1) && halved
          ? ['ErfGelu', 5]
          : [undefined, 1];
    const last = nodes[i + count - 1]!;
    out.push(opType === undefined ? last : { opType, name: last.name ?? '', input: [x], output: last.output ?? [] });
    i += count - 1;
  }
  return out;
}
