/**
 * ONNX models whose graph is made of layers that this package has, as PyTorch, Keras and others export them: a chain, whose steps may be
 * branches that are added or concatenated.
 *
 * A layer is a node that takes one value which depends on the input; its other inputs have to be constant. Where a node takes
 * several, the branches begin at the last value that all paths to it go through. What has no counterpart is refused with its
 * operator, its name and the field.
 */
import { dirname, join } from 'node:path';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { readWholeSync } from '../../core/files.js';
import { call } from '../../core/native.js';
import { type DType, type NdArray, sizeOf } from '../../core/ndarray.js';
import type { LayerSpec, NetworkSpec } from '../spec.js';
import { DOUBLE, decodeModel, FLOAT, FLOAT16, INT32, INT64, type OnnxNode, type OnnxTensor } from './format.js';

/** What a file describes. */
export interface ReadOnnx {
  spec: NetworkSpec;
  arrays: Record<string, NdArray>;
  /** The wider of the types of its arrays. */
  dtype: DType;
}

/** @throws `IO` for a file that cannot be read or is no ONNX model; `INVALID_ARGUMENT` naming the node that is not read */
export function readOnnx(path: string): ReadOnnx {
  const bytes = readWholeSync(path);
  let model: ReturnType<typeof decodeModel>;
  try {
    model = decodeModel(bytes);
  } catch (cause) {
    throw new FprincipleError('IO', `${path}: not an ONNX model, or cut short`, { cause });
  }
  const { graph } = model;
  if (!graph?.node || graph.node.length === 0) throw new FprincipleError('IO', `${path}: not an ONNX model`);
  const constants = new Map<string, NdArray>();
  let wide = false;
  const keep = (name: string, tensor: OnnxTensor): void => {
    wide ||= tensor.dataType === DOUBLE;
    constants.set(name, numbers(tensor, name, path));
  };
  for (const tensor of graph.initializer ?? []) keep(tensor.name ?? '', tensor);
  const inputs = (graph.input ?? []).filter(({ name }) => !constants.has(name));
  const [input] = inputs;
  if (!input || inputs.length !== 1) {
    throw invalidArgument(`${path}: expected a model of one input, got ${inputs.map(({ name }) => name).join(', ')}`);
  }
  const dims = (input.type?.tensorType?.shape?.dim ?? []).slice(1).map(({ dimValue }) => dimValue ?? 0);
  wide ||= input.type?.tensorType?.elemType === DOUBLE;
  for (const { opType, output, attribute } of graph.node) {
    const value = opType === 'Constant' ? attribute?.find(({ name }) => name === 'value')?.t : undefined;
    if (value) keep(output?.[0] ?? '', value);
  }
  const others = graph.node.filter(({ output }) => !constants.has(output?.[0] ?? ''));
  const flows = new Flows(path, constants, input.name, fused(others, constants));
  const output = graph.output?.[0]?.name ?? '';
  if ((graph.output ?? []).length !== 1 || !flows.has(output)) {
    throw invalidArgument(`${path}: expected one output, which depends on the input, got ${output || 'none'}`);
  }
  const { layers, arrays: own } = flows.between(input.name, output, dims);
  if (layers.length === 0) throw invalidArgument(`${path}: expected layers, got none`);
  // The first layer has filled in what the file leaves open.
  const spec = { input: dims.length === 1 ? (dims[0] ?? 1) : dims, layers };
  const arrays = Object.fromEntries(Object.entries(own).map(([name, array]) => [`layers.${name}`, array]));
  return { spec, arrays, dtype: wide ? 'f64' : 'f32' };
}

const KINDS: ReadonlyMap<number, readonly [kind: string, size: number]> = new Map([
  [FLOAT, ['f32', 4]],
  [INT32, ['i32', 4]],
  [INT64, ['i64', 8]],
  [FLOAT16, ['f16', 2]],
  [DOUBLE, ['f64', 8]],
]);

function numbers(tensor: OnnxTensor, name: string, path: string): NdArray {
  const shape = tensor.dims ?? [];
  const known = KINDS.get(tensor.dataType);
  if (!known) throw invalidArgument(`${path}: ${name}: expected numbers, got a tensor of type ${tensor.dataType}`);
  const broken = (reason: string) => new FprincipleError('IO', `${path}: ${name}: ${reason}`);
  const [kind, size] = known;
  const bytes = tensor.dataLocation === 1 ? external(tensor, path, broken) : tensor.rawData;
  if (bytes && bytes.length > 0) {
    if (bytes.length !== size * sizeOf(shape)) {
      throw broken(`shape [${shape.join(', ')}] needs ${size * sizeOf(shape)} bytes, got ${bytes.length}`);
    }
    return call((addon) => addon.decodeNumbers(bytes, { kind, bigEndian: false, columnMajor: false }, shape));
  }
  const lists: Record<number, number[] | undefined> = {
    [FLOAT]: tensor.floatData,
    [DOUBLE]: tensor.doubleData,
    [INT64]: tensor.int64Data,
    [INT32]: tensor.int32Data,
  };
  const data = Float64Array.from(lists[tensor.dataType] ?? []);
  if (data.length !== sizeOf(shape)) {
    throw broken(`shape [${shape.join(', ')}] needs ${sizeOf(shape)} numbers, got ${data.length}`);
  }
  return { data, shape };
}

/** Numbers that lie in a file beside the model's. */
function external(tensor: OnnxTensor, path: string, broken: (reason: string) => Error): Uint8Array {
  const entry = (key: string): string | undefined => tensor.externalData?.find((one) => one.key === key)?.value;
  const location = entry('location') ?? '';
  if (location === '' || /[\\/]|^\.\.?$/.test(location)) {
    throw broken(`expected its numbers in a file beside the model, got ${JSON.stringify(location)}`);
  }
  const bytes = readWholeSync(join(dirname(path), location));
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? bytes.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) throw broken(`${location} ends early`);
  return bytes.subarray(offset, offset + length);
}

/**
 * The nodes, each activation that is exported as several of them made one: `x Sigmoid(x)` is SiLU, and
 * `x (1 + Erf(x / sqrt 2)) / 2`, in the order in which PyTorch writes its factors or in ours, GELU.
 */
function fused(nodes: readonly OnnxNode[], constants: ReadonlyMap<string, NdArray>): OnnxNode[] {
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

/** The values that depend on the input, and the nodes that give them. */
class Flows {
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
  return order[0] === 1 ? turned(value) : value;
}

/** Layers one after the other, and their arrays: `<i>.weight`. */
class Chain {
  readonly layers: LayerSpec[] = [];
  readonly arrays: Record<string, NdArray> = {};
  #shape: number[];
  #ended = false;

  /** @param shape of a sample; numbers that the file leaves open are filled in by the first layer */
  constructor(shape: number[]) {
    this.#shape = shape;
  }

  get shape(): number[] {
    return this.#shape;
  }

  /** Whether a softmax was left off. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Where the file leaves the input's features open, the first weight says them. */
  settle(features: number): void {
    if (this.#shape.length === 0) this.#shape.push(features);
    else if (this.#shape.length === 1 && this.#shape[0] === 0) this.#shape[0] = features;
  }

  push(layer: LayerSpec, shape: number[], arrays: Record<string, NdArray> = {}): void {
    for (const [name, array] of Object.entries(arrays)) this.arrays[`${this.layers.length}.${name}`] = array;
    this.layers.push(layer);
    this.#shape = shape;
  }

  /** The last layer, if it is affine and has no bias yet, gets this one. */
  addBias(bias: NdArray): boolean {
    const last = this.layers.at(-1);
    if ((last?.type !== 'dense' && last?.type !== 'conv2d') || last.bias !== false) return false;
    const n = last.type === 'dense' ? last.units : last.filters;
    const { data, shape } = bias;
    const along = last.type === 'dense' ? shape.at(-1) : shape.length >= 3 ? shape.at(-3) : undefined;
    if (data.length !== n || (along !== n && n !== 1)) return false;
    last.bias = true;
    this.arrays[`${this.layers.length - 1}.bias`] = { data, shape: [n] };
    return true;
  }

  /** A softmax at the end is left off: outputs are logits, as `crossEntropy` takes them. */
  end(): void {
    this.#ended = true;
  }
}

/** A node of several branches: `x + f(x)` is `residual`, other sums and concatenations are `branches`. */
function joined({
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

/** The fields of a node, each read once; one that nobody read is refused. */
class Attributes {
  readonly #left: Map<string, NonNullable<OnnxNode['attribute']>[number]>;

  constructor(
    { attribute = [] }: OnnxNode,
    readonly refused: (reason: string) => FprincipleError,
  ) {
    this.#left = new Map(attribute.map((one) => [one.name, one]));
  }

  #take(name: string) {
    const one = this.#left.get(name);
    this.#left.delete(name);
    return one;
  }

  int(name: string, otherwise: number): number {
    return this.#take(name)?.i ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    const value = this.#take(name)?.f;
    // Written in single precision: 0.01 is 0.009999999776.
    return value === undefined ? otherwise : Number(value.toPrecision(7));
  }

  text(name: string): string | undefined {
    const bytes = this.#take(name)?.s;
    return bytes && Buffer.from(bytes).toString('utf8');
  }

  ints(name: string): number[] | undefined {
    return this.#take(name)?.ints;
  }

  /** A field that has to have one of these values, the first by default. */
  only(name: string, ...values: number[]): void {
    const got = this.int(name, values[0]!);
    if (!values.includes(got)) throw this.refused(`${name}: expected ${values.join(' or ')}, got ${got}`);
  }

  done(): void {
    const [left] = this.#left.keys();
    if (left !== undefined) throw this.refused(`${left}: is not read`);
  }
}

interface Step {
  chain: Chain;
  fields: Attributes;
  constant(index: number): NdArray | undefined;
  /** Whether the value that flows is the first input. */
  first: boolean;
  refused(reason: string): FprincipleError;
}

const turned = ({ data, shape }: NdArray): NdArray => {
  const [a = 0, b = 0] = shape;
  const out = data instanceof Float32Array ? new Float32Array(a * b) : new Float64Array(a * b);
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) out[j * a + i] = data[i * b + j]!;
  return { data: out, shape: [b, a] };
};

const scaled = ({ data, shape }: NdArray, factor: number): NdArray =>
  factor === 1 ? { data, shape } : { data: data.map((v) => factor * v), shape };

/** `weight [out, in]`. */
function dense({ chain, refused }: Step, weight: NdArray, bias?: NdArray): void {
  const [units = 0, features = 0] = weight.shape;
  if (weight.shape.length !== 2) throw refused(`expected a matrix as its weight, got [${weight.shape.join(', ')}]`);
  chain.settle(features);
  const before = chain.shape;
  if (before.length > 2 || before.at(-1) !== features) {
    throw refused(`expected ${features} features as its weight has, got values of shape [${before.join(', ')}]`);
  }
  chain.push({ type: 'dense', units, bias: bias !== undefined }, [...before.slice(0, -1), units], {
    weight,
    ...(bias && { bias }),
  });
}

function gemm(step: Step): void {
  const { fields, refused, first } = step;
  const [alpha, beta] = [fields.float('alpha', 1), fields.float('beta', 1)];
  fields.only('transA', 0);
  fields.only('broadcast', 0, 1);
  const transposed = fields.int('transB', 0) === 1;
  const [weight, c] = [step.constant(1), step.constant(2)];
  if (!first || !weight) throw refused('expected a constant weight as its second input');
  const [rows = 0, columns = 0] = weight.shape;
  const units = transposed ? rows : columns;
  if (c && c.data.length !== units && c.data.length !== 1) {
    throw refused(`C: expected ${units} biases, got shape [${c.shape.join(', ')}]`);
  }
  const bias = c && {
    data: c.data.length === units ? c.data : Float64Array.from({ length: units }, () => c.data[0]!),
    shape: [units],
  };
  dense(step, scaled(transposed ? weight : turned(weight), alpha), bias && scaled(bias, beta));
}

function matMul(step: Step): void {
  const weight = step.constant(1);
  if (!step.first || !weight) throw step.refused('expected a constant weight as its second input');
  if (weight.shape.length !== 2) throw step.refused(`expected a matrix, got [${weight.shape.join(', ')}]`);
  dense(step, turned(weight));
}

function add({ chain, fields, constant, first, refused }: Step): void {
  fields.only('broadcast', 0, 1);
  const bias = constant(first ? 1 : 0);
  if (!bias || !chain.addBias(bias)) throw refused('expected the bias of a layer before it, one number for each unit');
}

function multiply(by: 'Mul' | 'Div') {
  return ({ chain, constant, first, refused }: Step): void => {
    const value = constant(first ? 1 : 0);
    if (value?.data.length !== 1 || (by === 'Div' && !first)) throw refused('expected one constant number');
    const factor = by === 'Mul' ? value.data[0]! : 1 / value.data[0]!;
    chain.push({ type: 'scale', factor }, chain.shape);
  };
}

/** Height and width behind windows. */
function windows(
  { chain, refused }: Step,
  size: number[],
  stride: number[],
  padding: readonly number[] | 'same',
): number[] {
  return chain.shape.slice(1).map((n, axis) => {
    const [span, step] = [size[axis]!, stride[axis]!];
    if (padding === 'same') return Math.ceil(n / step);
    const all = n + 2 * padding[axis]!;
    if (all < span) throw refused(`expected an image of at least ${size.join(' x ')}, got ${chain.shape.join(' x ')}`);
    return Math.floor((all - span) / step) + 1;
  });
}

function image({ chain, refused }: Step): number[] {
  if (chain.shape.length !== 3 || chain.shape.some((n) => !(n > 0))) {
    const got = chain.shape.map((n) => n || '?').join(', ');
    throw refused(`expected an image [channels, height, width] of known size, got [${got}]`);
  }
  return chain.shape;
}

function padding({ fields, refused }: Step): [number, number] | 'same' {
  const auto = fields.text('auto_pad') ?? 'NOTSET';
  const pads = fields.ints('pads') ?? [0, 0, 0, 0];
  if (auto === 'SAME_UPPER') return 'same';
  if (auto !== 'NOTSET' && auto !== 'VALID') throw refused(`auto_pad: ${auto} is not read`);
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  if (pads.length !== 4 || top !== bottom || left !== right) {
    throw refused(`pads: expected as many zeros on both sides of two axes, got ${pads.join(', ')}`);
  }
  return [top, left];
}

function convolution(step: Step): void {
  const { chain, fields, refused } = step;
  const [channels] = image(step);
  const [weight, bias] = [step.constant(1), step.constant(2)];
  if (!step.first || weight?.shape.length !== 4) throw refused('expected a constant weight [out, in, kh, kw]');
  fields.only('group', 1);
  const dilations = fields.ints('dilations') ?? [1, 1];
  if (dilations.some((n) => n !== 1)) throw refused(`dilations: expected 1, 1, got ${dilations.join(', ')}`);
  const [filters = 0, inputs = 0, kh = 0, kw = 0] = weight.shape;
  if (inputs !== channels) throw refused(`expected ${inputs} channels as its weight has, got ${channels}`);
  fields.ints('kernel_shape');
  const [sv = 1, sh = 1] = fields.ints('strides') ?? [1, 1];
  const around = padding(step);
  const sides = windows(step, [kh, kw], [sv, sh], around);
  const spec: LayerSpec = {
    type: 'conv2d',
    filters,
    kernel: [kh, kw],
    stride: [sv, sh],
    padding: around,
    bias: bias !== undefined,
  };
  chain.push(spec, [filters, ...sides], { weight, ...(bias && { bias }) });
}

const pooling =
  (type: 'maxPool2d' | 'avgPool2d') =>
  (step: Step): void => {
    const { chain, fields, refused } = step;
    const [channels = 0] = image(step);
    const [kh = 0, kw = 0] = fields.ints('kernel_shape') ?? [];
    const [sv = 1, sh = 1] = fields.ints('strides') ?? [1, 1];
    fields.only('ceil_mode', 0);
    fields.only('storage_order', 0);
    fields.only('count_include_pad', 0, 1);
    const dilations = fields.ints('dilations') ?? [1, 1];
    if (dilations.some((n) => n !== 1)) throw refused(`dilations: expected 1, 1, got ${dilations.join(', ')}`);
    const around = padding(step);
    if (around === 'same' || around.some((n) => n !== 0)) throw refused('pads: expected none');
    const sides = windows(step, [kh, kw], [sv, sh], around);
    chain.push({ type, size: [kh, kw], stride: [sv, sh] }, [channels, ...sides]);
  };

const globalPooling =
  (type: 'maxPool2d' | 'avgPool2d') =>
  (step: Step): void => {
    const [channels = 0, h = 1, w = 1] = image(step);
    step.chain.push({ type, size: [h, w] }, [channels, 1, 1]);
  };

function batchNormalization({ chain, fields, constant, refused }: Step): void {
  fields.only('training_mode', 0);
  fields.only('is_test', 1);
  fields.only('spatial', 1);
  const [epsilon, momentum] = [fields.float('epsilon', 1e-5), fields.float('momentum', 0.9)];
  const [weight, bias, mean, variance] = [1, 2, 3, 4].map(constant);
  if (!weight || !bias || !mean || !variance) throw refused('expected constant scale, B, mean and var');
  const spec = { type: 'batchNorm', epsilon, momentum: Number((1 - momentum).toPrecision(7)) } as const;
  chain.settle(weight.data.length);
  chain.push(spec, chain.shape, { weight, bias, running_mean: mean, running_var: variance });
}

function layerNormalization({ chain, fields, constant, refused }: Step): void {
  const rank = chain.shape.length;
  const axis = fields.int('axis', -1);
  fields.only('stash_type', 1);
  const epsilon = fields.float('epsilon', 1e-5);
  const [weight, bias] = [constant(1), constant(2)];
  if (!weight || rank > 2 || (axis !== -1 && axis !== rank))
    throw refused('expected to normalise the last axis of features');
  const zeros = { data: new Float64Array(weight.data.length), shape: weight.shape };
  chain.settle(weight.data.length);
  chain.push({ type: 'layerNorm', epsilon }, chain.shape, { weight, bias: bias ?? zeros });
}

function flatten({ chain, fields, refused }: Step): void {
  const axis = fields.int('axis', 1);
  if (axis !== 1) throw refused(`axis: expected 1, got ${axis}`);
  if (chain.shape.length > 1) chain.push({ type: 'flatten' }, [sizeOf(chain.shape)]);
}

function reshape({ chain, fields, constant, refused }: Step): void {
  fields.only('allowzero', 0);
  const wanted = constant(1);
  const size = sizeOf(chain.shape);
  const [, ...rest] = Array.from(wanted?.data ?? []);
  const known = rest.map((n, axis) => (n === 0 ? (chain.shape[axis] ?? 0) : n));
  const product = known.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
  const shape = known.map((n) => (n === -1 ? size / product : n));
  if (shape.join() === chain.shape.join()) return;
  if (!wanted || shape.length !== 1 || shape[0] !== size) {
    throw refused(
      `expected a shape that flattens [${chain.shape.join(', ')}], got [${Array.from(wanted?.data ?? []).join(', ')}]`,
    );
  }
  chain.push({ type: 'flatten' }, [size]);
}

const activation =
  (make: (fields: Attributes, step: Step) => LayerSpec) =>
  (step: Step): void =>
    step.chain.push(make(step.fields, step), step.chain.shape);
const plain = (fn: 'relu' | 'tanh' | 'sigmoid' | 'erf' | 'softplus' | 'silu' | 'gelu' | 'sin' | 'cos') =>
  activation(() => ({ type: 'activation', fn }));

function clip({ fields, constant, refused }: Step): LayerSpec {
  const [low, high] = [
    constant(1)?.data[0] ?? fields.float('min', -Infinity),
    constant(2)?.data[0] ?? fields.float('max', Infinity),
  ];
  if (low !== 0) throw refused(`min: expected 0, got ${low}`);
  return high === Infinity ? { type: 'activation', fn: 'relu' } : { type: 'activation', fn: 'clippedRelu', max: high };
}

const nothing = (): void => undefined;

const OPERATORS: ReadonlyMap<string, (step: Step) => void> = new Map<string, (step: Step) => void>([
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Add', add],
  ['Mul', multiply('Mul')],
  ['Div', multiply('Div')],
  ['Conv', convolution],
  ['MaxPool', pooling('maxPool2d')],
  ['AveragePool', pooling('avgPool2d')],
  ['GlobalMaxPool', globalPooling('maxPool2d')],
  ['GlobalAveragePool', globalPooling('avgPool2d')],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Relu', plain('relu')],
  ['Tanh', plain('tanh')],
  ['Sigmoid', plain('sigmoid')],
  ['Erf', plain('erf')],
  ['Softplus', plain('softplus')],
  ['Sin', plain('sin')],
  ['Cos', plain('cos')],
  ['Silu', plain('silu')],
  ['ErfGelu', plain('gelu')],
  [
    'Gelu',
    activation((fields, { refused }) => {
      const kind = fields.text('approximate') ?? 'none';
      if (kind !== 'none') throw refused(`approximate: expected none, got ${kind}`);
      return { type: 'activation', fn: 'gelu' };
    }),
  ],
  ['LeakyRelu', activation((fields) => ({ type: 'activation', fn: 'leakyRelu', slope: fields.float('alpha', 0.01) }))],
  ['Elu', activation((fields) => ({ type: 'activation', fn: 'elu', alpha: fields.float('alpha', 1) }))],
  ['Clip', activation((_, step) => clip(step))],
  ['Identity', nothing],
  [
    'Dropout',
    ({ fields }) => {
      fields.float('ratio', 0.5);
      fields.int('seed', 0);
    },
  ],
  [
    'Softmax',
    ({ chain, fields, refused }) => {
      const axis = fields.int('axis', -1);
      if (axis !== -1 && axis !== chain.shape.length) throw refused(`axis: expected the last one, got ${axis}`);
      chain.end();
    },
  ],
]);
