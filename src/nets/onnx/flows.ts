/** The graph of an ONNX model as a chain of layers and branches. */
import { type FprincipleError, invalidArgument } from '../../core/errors.js';
import type { NdArray } from '../../core/ndarray.js';
import { transpose } from '../../core/reading.js';
import { Attributes } from './attributes.js';
import { Chain } from './chain.js';
import type { OnnxNode } from './format.js';
import { joined } from './joined.js';
import { OPERATORS } from './operators.js';

/** The values that depend on the input, and the nodes that give them. */
export class Flows {
  readonly #nodes = new Map<string, OnnxNode>();
  /** Of each value those that every path from the input to it goes through, in their order, itself the last. */
  readonly #passes: Map<string, readonly string[]>;
  readonly #seen = new Set<string>();
  /** Outputs behind the first. */
  readonly #others = new Map<string, OnnxNode>();

  /** Constants that are made of constants are added to `constants`. */
  constructor(
    readonly path: string,
    readonly constants: Map<string, NdArray>,
    input: string,
    nodes: readonly OnnxNode[],
  ) {
    this.#passes = new Map([[input, [input]]]);
    for (const node of nodes) {
      const [name = '', ...others] = node.output ?? [];
      for (const other of others) this.#others.set(other, node);
      const value = folded(node, constants);
      if (value) {
        constants.set(name, value);
        continue;
      }
      const before = this.#taken(node).map((one) => {
        const passes = this.#passes.get(one);
        const source = this.#others.get(one);
        if (source) throw this.refused(source, `only the first of its outputs is read, and ${one} is wanted`);
        if (!passes) throw this.refused(node, `no node before it gives ${one}`);
        return passes;
      });
      const [first = [], ...rest] = before;
      if (before.length === 0)
        throw this.refused(node, 'it does not depend on the input, and is no weight turned over');
      this.#passes.set(name, [...first.filter((one, i) => rest.every((passes) => passes[i] === one)), name]);
      this.#nodes.set(name, node);
    }
  }

  has(name: string): boolean {
    return this.#passes.has(name);
  }

  refused({ opType, name }: OnnxNode, reason: string): FprincipleError {
    return invalidArgument(`${this.path}: node ${JSON.stringify(name || opType)} (${opType}): ${reason}`);
  }

  /** Inputs of a node that depend on the model's. */
  #taken({ input = [] }: OnnxNode): string[] {
    return input.filter((name) => name !== '' && !this.constants.has(name));
  }

  /** The layers that make the value `to` of `from`, a value that all paths to it go through, of this shape. */
  between(from: string, to: string, shape: number[]): Chain {
    const chain = new Chain(shape);
    const passes = this.#passes.get(to) ?? [];
    let flow = from;
    for (const value of passes.slice(passes.indexOf(from) + 1)) {
      const node = this.#nodes.get(value) ?? { opType: '' };
      if (this.#seen.has(value))
        throw this.refused(node, 'several branches go through it, which layers here cannot share');
      this.#seen.add(value);
      this.#read(chain, flow, node);
      flow = value;
    }
    return chain;
  }

  #read(chain: Chain, flow: string, node: OnnxNode): void {
    const { opType, input = [], domain = '' } = node;
    const refused = (reason: string): FprincipleError => this.refused(node, reason);
    const fields = new Attributes(node, refused);
    if (domain !== '' && domain !== 'ai.onnx') throw refused(`the domain ${domain} is not read`);
    if (chain.ended) throw refused('expected nothing behind a softmax');
    const taken = this.#taken(node);
    if (taken.length > 1) {
      this.#join(chain, flow, node, taken);
      return;
    }
    const step = OPERATORS.get(opType);
    if (!step) throw refused('this operator has no counterpart in this package');
    const constant = (index: number): NdArray | undefined => this.constants.get(input[index] ?? '');
    step({ chain, fields, constant, first: input[0] === flow, refused });
    fields.done();
  }

  /** Branches from `flow` to what a node takes; neighbours that share more of their way are branches of one branch. */
  #join(chain: Chain, flow: string, node: OnnxNode, taken: readonly string[]): void {
    const ways = taken.map((name) => {
      const passes = this.#passes.get(name) ?? [];
      return passes.slice(passes.indexOf(flow) + 1);
    });
    const starts = ways.flatMap(([next], i) => (i > 0 && next !== undefined && next === ways[i - 1]?.[0] ? [] : [i]));
    const branches = starts.map((start, g) => {
      const [first = '', ...more] = taken.slice(start, starts[g + 1]);
      if (more.length === 0) return this.between(flow, first, chain.shape);
      const [way = [], ...others] = ways.slice(start, starts[g + 1]);
      const fork = way.filter((value, i) => others.every((other) => other[i] === value)).at(-1) ?? flow;
      const branch = this.between(flow, fork, chain.shape);
      this.#join(branch, fork, node, [first, ...more]);
      return branch;
    });
    const refused = (reason: string): FprincipleError => this.refused(node, reason);
    const fields = new Attributes(node, refused);
    const constants = (node.input ?? []).filter((name) => this.constants.has(name)).length;
    joined({ chain, fields, refused, opType: node.opType, branches, constants });
    fields.done();
  }
}

/** A constant that is made of one: a weight turned over, or passed on. */
function folded(node: OnnxNode, constants: ReadonlyMap<string, NdArray>): NdArray | undefined {
  const { opType, input = [], attribute } = node;
  const value = constants.get(input[0] ?? '');
  if (!value || input.length !== 1) return undefined;
  if (opType === 'Identity') return value;
  if (opType !== 'Transpose' || value.shape.length !== 2) return undefined;
  const order = attribute?.find(({ name }) => name === 'perm')?.ints ?? [1, 0];
  return order[0] === 1 ? transpose(value) : value;
}
